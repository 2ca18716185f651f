using System.Globalization;
using System.Text.Json;

namespace PretrainCluster.Artifacts.Checkpoints;

/// <summary>
/// What protects a checkpoint from retention, as small artifacts beside the manifests: pins/RUN/STEP.json, and leases/RUN/STEP/ID.json of
/// readers. A lease is written again while it is in use, and holds for an hour after that by the store's own clock.
/// </summary>
sealed class CheckpointMarks(IArtifactStore store, TimeProvider time)
{
    static readonly TimeSpan s_leaseHolds = TimeSpan.FromHours(1), s_leaseIsRenewed = TimeSpan.FromMinutes(15);

    public async Task PinAsync(string run, long step, CancellationToken cancellation) =>
        await store.PutIfAbsentAsync(PinOf(run, step), "{}\n"u8.ToArray(), cancellation);

    public Task<bool> UnpinAsync(string run, long step, CancellationToken cancellation) => store.DeleteAsync(PinOf(run, step), cancellation);

    /// <summary>Steps of a run that are pinned.</summary>
    public async Task<IReadOnlySet<long>> PinnedAsync(string run, CancellationToken cancellation)
    {
        var steps = new HashSet<long>();
        await foreach (var info in store.ListAsync($"pins/{run}/", cancellation))
        {
            if (long.TryParse(Path.GetFileNameWithoutExtension(info.Name), NumberStyles.None, CultureInfo.InvariantCulture, out var step))
                steps.Add(step);
        }
        return steps;
    }

    /// <summary>Steps of a run that somebody reads; leases that ended are deleted.</summary>
    public async Task<IReadOnlySet<long>> ReadAsync(string run, CancellationToken cancellation)
    {
        var steps = new HashSet<long>();
        var ended = new List<string>();
        await foreach (var info in store.ListAsync($"leases/{run}/", cancellation))
        {
            if (time.GetUtcNow() - info.Modified > s_leaseHolds)
                ended.Add(info.Name);
            else if (info.Name.Split('/') is [_, _, var text, _] && long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var step))
                steps.Add(step);
        }
        foreach (var name in ended)
            await store.DeleteAsync(name, cancellation);
        return steps;
    }

    /// <summary>Protects a checkpoint until what is returned is called.</summary>
    public async Task<Func<ValueTask>> LeaseAsync(string run, long step, CancellationToken cancellation)
    {
        var name = $"leases/{run}/{step:D12}/{Guid.NewGuid():N}.json";
        try
        {
            await store.PutIfAbsentAsync(name, "0\n"u8.ToArray(), cancellation);
        }
        catch (IOException mayNotWrite) when (mayNotWrite is StoreException { Failure: StoreFailure.Denied } || mayNotWrite.InnerException is UnauthorizedAccessException)
        {
            return () => ValueTask.CompletedTask;
        }
        var renewals = 0;
        var timer = time.CreateTimer(_ => _ = RenewAsync(), null, s_leaseIsRenewed, s_leaseIsRenewed);
        return async () =>
        {
            await timer.DisposeAsync();
            await store.DeleteAsync(name, CancellationToken.None);
        };

        async Task RenewAsync()
        {
            try
            {
                var count = Interlocked.Increment(ref renewals);
                if (await store.HeadAsync(name) is { } info)
                    await store.PutIfMatchAsync(name, info.Tag, System.Text.Encoding.ASCII.GetBytes($"{count}\n"));
            }
            catch (IOException)
            {
                // The next one may get through; four in a row have to fail before the lease ends.
            }
        }
    }

    static string PinOf(string run, long step) => $"pins/{run}/{step:D12}.json";
}

/// <summary>What a checkpoint is a checkpoint of.</summary>
public record CheckpointFacts
{
    /// <summary>The run's name.</summary>
    public required string Run { get; init; }

    /// <summary>Steps applied.</summary>
    public required long Step { get; init; }

    /// <summary>The stage that the step is of, of a run that has stages; the newest checkpoint of each stage stays.</summary>
    public string? Stage { get; init; }

    /// <summary>Digest of the plan, lower-case hex.</summary>
    public required string PlanSha256 { get; init; }

    /// <summary>Digest of the dataset, lower-case hex.</summary>
    public required string DataSha256 { get; init; }

    public required long Seed { get; init; }

    /// <summary>Version of the code that wrote it.</summary>
    public required string Code { get; init; }

    /// <summary>The resolved plan as YAML, so that a checkpoint says by itself how it was made; null in those of version 0.1.</summary>
    public string? Plan { get; init; }

    /// <summary>What it was trained on; null in those of version 0.1.</summary>
    public CheckpointData? Data { get; init; }

    /// <summary>Figures at this step by name, e.g. "loss"; retention may keep the best by one of them.</summary>
    public IReadOnlyDictionary<string, double>? Metrics { get; init; }

    /// <summary>Whatever else a resumed run needs to know, e.g. how far its logs reach.</summary>
    public JsonElement? State { get; init; }
}

/// <summary>The clips that a checkpoint was trained on.</summary>
/// <param name="Name">the dataset's</param>
/// <param name="Clips">trained on: the training side of the split without held-out classes</param>
/// <param name="Preprocessing">what was done to the coordinates</param>
public sealed record CheckpointData(string Name, string Split, long Clips, string Layout, int Persons, int Joints, string Preprocessing);
