using System.Globalization;
using System.Text;
using System.Text.Json;

namespace PretrainCluster.Artifacts.Checkpoints;

/// <summary>The evaluations of a store's checkpoints, evaluations/RUN/NAME.json, as a run's folder holds them too (docs/evaluation.md).</summary>
public sealed class EvaluationRecords(IArtifactStore store)
{
    const int MaxBytes = 16 << 20;

    /// <summary>Keeps an evaluation, in place of an older one of the same name.</summary>
    /// <param name="name">made of all that it is of; one word</param>
    public async Task PutAsync(string run, string name, ReadOnlyMemory<byte> json, CancellationToken cancellation = default)
    {
        var artifact = $"{FolderOf(run)}{name}.json";
        while (!await store.PutIfAbsentAsync(artifact, json, cancellation))
        {
            if (await store.HeadAsync(artifact, cancellation) is { } info && await store.PutIfMatchAsync(artifact, info.Tag, json, cancellation))
                return;
        }
    }

    /// <summary>Those of a run that can be read, by name.</summary>
    public async Task<IReadOnlyList<JsonElement>> ListAsync(string run, CancellationToken cancellation = default)
    {
        var records = new List<JsonElement>();
        await foreach (var info in store.ListAsync(FolderOf(run), cancellation))
        {
            if (info.Length <= MaxBytes && await store.GetAsync(info.Name, MaxBytes, cancellation) is { } bytes && Read(bytes) is { } record)
                records.Add(record);
        }
        return records;
    }

    static string FolderOf(string run) => $"evaluations/{run}/";

    static JsonElement? Read(byte[] bytes)
    {
        try
        {
            var json = JsonDocument.Parse(bytes).RootElement;
            return json.GetProperty("protocol").GetString() is not null && json.GetProperty("measurements")[0].GetProperty("mean").TryGetDouble(out _) ? json : null;
        }
        catch (Exception damaged) when (damaged is JsonException or KeyNotFoundException or InvalidOperationException or IndexOutOfRangeException)
        {
            return null;
        }
    }
}

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
