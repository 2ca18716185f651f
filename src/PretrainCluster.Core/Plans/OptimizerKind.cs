using System.Text.Json.Serialization;

namespace PretrainCluster.Core.Plans;

public enum OptimizerKind
{
    /// <summary>Adam with decoupled weight decay (Loshchilov and Hutter, ICLR 2019).</summary>
    [JsonStringEnumMemberName("adamw")]
    AdamW,

    /// <summary>Stochastic gradient descent with momentum.</summary>
    Sgd,
}
