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

/// <summary>A part of a checkpoint to be saved.</summary>
/// <param name="Name">e.g. "weights", "optimizer"</param>
/// <param name="Write">writes its bytes; called once to take their digest and once more where they are not stored yet</param>
public sealed record CheckpointContent(string Name, ContentWriter Write);

/// <summary>
/// A checkpoint that is being read: retention leaves it alone until this is disposed of, or an hour after its reader died. A reader that may not
/// write to the store reads without that protection.
/// </summary>
public sealed class CheckpointReading : IAsyncDisposable
{
    readonly Func<ValueTask> _end;

    internal CheckpointReading(CheckpointManifest manifest, Func<ValueTask> end) => (Manifest, _end) = (manifest, end);

    public CheckpointManifest Manifest { get; }

    public ValueTask DisposeAsync() => _end();
}

/// <summary>A checkpoint that does not verify.</summary>
/// <param name="Artifact">its manifest in the store</param>
/// <param name="Reason">e.g. "part weights does not have its SHA-256"</param>
public sealed record RejectedCheckpoint(string Artifact, string Reason);

/// <summary>What a search for a good checkpoint found.</summary>
/// <param name="Newest">the newest that verifies; null where none does</param>
/// <param name="Rejected">newer ones that do not, newest first</param>
public sealed record CheckpointSearch(CheckpointManifest? Newest, IReadOnlyList<RejectedCheckpoint> Rejected);

/// <summary>A checkpoint was to be written where another sound one of the same run and step lies: by a writer that should have stopped, or of a step that gave other results.</summary>
public sealed class CheckpointConflictException(string artifact, long step, string run)
    : InvalidOperationException($"{artifact} exists and holds another checkpoint of step {step}: another writer is at work on run {run}, or the step gave other results.")
{
    /// <summary>The manifest in the store.</summary>
    public string Artifact => artifact;
}
