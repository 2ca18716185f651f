namespace PretrainCluster.Core.Plans;

/// <summary>How the learning rate goes after warm-up.</summary>
public enum RateSchedule
{
    /// <summary>Down to the smallest rate by half a cosine, step by step.</summary>
    Cosine,

    /// <summary>Down by a factor after certain epochs.</summary>
    Drops,
}
