using PretrainCluster.Artifacts.Stores;
using PretrainCluster.Training.Checkpoints;

namespace PretrainCluster.Cli.Registry;

/// <summary>A checkpoint as a user names it, found in a store: NAME:TAG, RUN@STEP, or RUN for its newest.</summary>
/// <param name="Step">null for the newest that verifies</param>
/// <param name="Tag">the tag that led here; its digest has to be the checkpoint's</param>
/// <param name="Folder">the run's folder on this machine; null where there is none</param>
sealed record CheckpointName(CheckpointStore Store, string Location, string Run, long? Step, CheckpointTag? Tag, RunFolder? Folder)
{
    /// <summary>The store to look in, the same option for every verb.</summary>
    public static Option<string> StoreOption() =>
        new("--store") { Description = "store to look in: a folder, or azure://ACCOUNT/CONTAINER/PREFIX; by default that of the run, or those of all runs", HelpName = "STORE" };

    /// <exception cref="InputException">There is no such checkpoint, or more than one.</exception>
    public static async Task<CheckpointName> FindAsync(string text, string runs, string? store, CancellationToken cancellation) =>
        text.Contains(':') ? await FindTagAsync(text, runs, store, cancellation) : await FindStepAsync(text, runs, store, cancellation);

    /// <summary>The tags in the stores of runs that are folders; a run whose plan or store cannot be read has none.</summary>
    public static async Task<IReadOnlyList<CheckpointTag>> TagsOnThisMachineAsync(IReadOnlyList<RunFolder> runs)
    {
        var (seen, tags) = (new HashSet<string>(), new List<CheckpointTag>());
        foreach (var run in runs)
        {
            try
            {
                var location = RunStore.LocationOf(run);
                if (!Stores.IsElsewhere(location) && seen.Add(location))
                    tags.AddRange(await (await OpenAsync(location, default)).Tags.ListAsync());
            }
            catch (Exception unreadable) when (unreadable is InputException or IOException)
            {
            }
        }
        return tags;
    }

    /// <summary>Keeps the checkpoint from being deleted while it is read, verified.</summary>
    public async Task<CheckpointReading> BeginReadingAsync(CancellationToken cancellation)
    {
        var reading = await Store.BeginReadingAsync(Run, Step, cancellation);
        if (Tag is null || reading.Manifest.Digest == Tag.Digest)
            return reading;
        await reading.DisposeAsync();
        throw new InputException($"{Tag} was set to checkpoint {Tag.Digest[..12]}, but {Run}@{Step} is {reading.Manifest.Digest[..12]} now; set the tag again (pretrain tag {Run}@{Step} {Tag} --move).");
    }

    static async Task<CheckpointName> FindStepAsync(string text, string runs, string? store, CancellationToken cancellation)
    {
        var (run, step) = RunCheckpoints.ParseName(text);
        var folder = store is null || Exists(runs, run) ? RunFolder.Open(runs, run) : null;
        var location = store ?? RunStore.LocationOf(folder!);
        return new(await OpenAsync(location, cancellation), location, folder?.Name ?? run, step, null, folder);
    }

    static async Task<CheckpointName> FindTagAsync(string text, string runs, string? store, CancellationToken cancellation)
    {
        var (name, tag) = CheckpointTag.Parse(text);
        var folders = RunFolder.List(runs);
        var locations = store is not null ? [store] : folders.Select(RunStore.LocationOf).Distinct().ToList();
        var found = new List<(CheckpointStore Store, string Location, CheckpointTag Tag)>();
        var closed = new List<string>();
        foreach (var location in locations)
        {
            try
            {
                var opened = await OpenAsync(location, cancellation);
                if (await opened.Tags.FindAsync(name, tag, cancellation) is { } pointer)
                    found.Add((opened, location, pointer));
            }
            catch (Exception failure) when (store is null && failure is StoreException or InputException { InnerException: StoreException })
            {
                closed.Add(failure.Message);
            }
        }
        return found switch
        {
            [var (opened, location, pointer)] => new(opened, location, pointer.Run, pointer.Step, pointer, folders.FirstOrDefault(folder => folder.Name == pointer.Run && RunStore.LocationOf(folder) == location)),
            [] => throw new InputException($"there is no tag {text} in {(store ?? $"the stores of the runs under {runs}")}{string.Concat(closed.Select(reason => $"; {reason}"))}; pretrain tag sets one, --store names another store"),
            _ => throw new InputException($"{text} is in {string.Join(" and in ", found.Select(f => f.Location))}; say which with --store"),
        };
    }

    static async Task<CheckpointStore> OpenAsync(string location, CancellationToken cancellation) =>
        !Stores.IsElsewhere(location) && !Directory.Exists(location) ? throw new InputException($"there is no store {location}")
            : new CheckpointStore(await Stores.OpenAsync(location, StorePatience.Short, cancellation: cancellation));

    static bool Exists(string runs, string run) => RunFolder.List(runs).Any(folder => folder.Name == run);
}
