using System.Globalization;
using System.Text;

namespace PretrainCluster.Artifacts.Checkpoints;

/// <summary>
/// Accuracies that the monitor of a run measured of its checkpoints, monitor/RUN/DIGEST.json: on held-out clips of the training split (docs/evaluation.md), so the best may be kept by them.
/// They lie in the store because who deletes checkpoints is a worker, and who measures them the run's host.
/// </summary>
public sealed class MonitorFigures(IArtifactStore store)
{
    const int LongestNumber = 32;

    /// <param name="accuracy">in per cent</param>
    public Task PutAsync(CheckpointManifest checkpoint, double accuracy, CancellationToken cancellation = default) =>
        store.PutIfAbsentAsync(NameOf(checkpoint), Encoding.ASCII.GetBytes(accuracy.ToString("R", CultureInfo.InvariantCulture)), cancellation);

    /// <summary>The accuracy in per cent; null where the checkpoint was not measured.</summary>
    public async Task<double?> FindAsync(CheckpointManifest checkpoint, CancellationToken cancellation = default)
    {
        var text = new byte[LongestNumber];
        return await store.GetRangeAsync(NameOf(checkpoint), 0, text, cancellation) is { } length
            && double.TryParse(text.AsSpan(0, length), NumberStyles.Float, CultureInfo.InvariantCulture, out var accuracy) && double.IsFinite(accuracy) ? accuracy : null;
    }

    static string NameOf(CheckpointManifest checkpoint) => $"monitor/{checkpoint.Run}/{checkpoint.Digest}.json";
}
