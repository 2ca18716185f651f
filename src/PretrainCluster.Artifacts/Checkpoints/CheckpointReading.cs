namespace PretrainCluster.Artifacts.Checkpoints;

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
