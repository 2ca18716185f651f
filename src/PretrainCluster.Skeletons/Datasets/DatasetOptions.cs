namespace PretrainCluster.Skeletons.Datasets;

/// <summary>How a dataset is read.</summary>
public sealed record DatasetOptions
{
    /// <summary>Checks a shard's SHA-256 before its first clip is read.</summary>
    public bool VerifyOnFirstUse { get; init; }

    /// <summary>Shards kept open; opening one again costs tens of microseconds.</summary>
    public int OpenShards { get; init; } = 512;
}
