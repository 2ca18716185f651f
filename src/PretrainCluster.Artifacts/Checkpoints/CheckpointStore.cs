namespace PretrainCluster.Artifacts.Checkpoints;

/// <summary>
/// Checkpoints in a store: the parts first, each under its SHA-256, then the manifest, created only where it does not exist. Whatever
/// happens in between, a checkpoint is whole or it is not there. Loading verifies every byte (docs/checkpoints.md).
/// </summary>
/// <param name="store">where they are kept</param>
/// <param name="time">dates manifests, and tells the age of stray parts and of leases</param>
/// <param name="cache">for copies of parts whose store is not on this machine; null for the user's</param>
public sealed partial class CheckpointStore(IArtifactStore store, TimeProvider? time = null, ArtifactCache? cache = null)
{
    readonly TimeProvider _time = time ?? TimeProvider.System;
    readonly CheckpointMarks _marks = new(store, time ?? TimeProvider.System);
    readonly Lazy<ArtifactCache> _cache = new(() => cache ?? ArtifactCache.OfUser(time: time));

    /// <summary>Where they are kept.</summary>
    public IArtifactStore Store => store;

    /// <summary>Names of checkpoints.</summary>
    public CheckpointTags Tags { get; } = new(store, time);

    /// <summary>What was found out about checkpoints.</summary>
    public EvaluationRecords Evaluations { get; } = new(store);

    /// <summary>What a run's monitor measured of its checkpoints.</summary>
    public MonitorFigures Monitored { get; } = new(store);
}
