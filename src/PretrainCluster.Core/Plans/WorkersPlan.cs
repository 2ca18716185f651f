using System.ComponentModel;
using System.ComponentModel.DataAnnotations;

namespace PretrainCluster.Core.Plans;

/// <summary>Who carries the run. Nothing here changes what it computes.</summary>
public sealed record WorkersPlan
{
    [Description("micro-batches computed at a time on a CPU, one thread each; 0 stands for the machine's cores"), Range(0, 1024)]
    public int Threads { get; init; }

    [Description("cpu or cuda:N")]
    public string Device { get; init; } = "cpu";
}
