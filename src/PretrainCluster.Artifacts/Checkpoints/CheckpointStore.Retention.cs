using PretrainCluster.Core.Plans;

namespace PretrainCluster.Artifacts.Checkpoints;

public sealed partial class CheckpointStore
{
    static readonly TimeSpan s_strayAge = TimeSpan.FromDays(1), s_strayInterval = TimeSpan.FromDays(1);

    readonly Dictionary<string, (string Tag, CheckpointManifest? Manifest)> _manifests = [];
    readonly Dictionary<string, string> _verified = [];
    DateTimeOffset _strays = DateTimeOffset.MinValue;

    /// <inheritdoc cref="RetainAsync(string, RetentionPolicy, CancellationToken)"/>
    public Task<IReadOnlyList<string>> RetainAsync(string run, int keep, CancellationToken cancellation = default) =>
        RetainAsync(run, new RetentionPolicy { Latest = keep }, cancellation);

    /// <summary>
    /// Deletes the checkpoints of a run that the policy does not keep, then the parts that no checkpoint of any run needs. The newest that verifies
    /// stays wherever it stands, and so do tagged, pinned and leased ones. Manifests go first, so a crash leaves nothing but stray parts,
    /// which go a day later.
    /// </summary>
    /// <returns>The manifests deleted.</returns>
    public async Task<IReadOnlyList<string>> RetainAsync(string run, RetentionPolicy policy, CancellationToken cancellation = default)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(policy.Latest, 1);
        var names = await NamesAsync(run, cancellation);
        var kept = new HashSet<string>();
        if (await NewestVerifiedAsync(names, cancellation) is not { } newest)
            return [];
        kept.Add(newest.Artifact());
        kept.UnionWith(names.Take(policy.Latest));
        var readable = new List<CheckpointManifest>();
        foreach (var name in names)
        {
            if (await KnownAsync(name, cancellation) is { } manifest)
                readable.Add(manifest);
        }
        var figures = policy.Best > 0 ? await FiguresAsync(policy.BestBy, readable, cancellation) : [];
        kept.UnionWith(policy.Choose(readable, checkpoint => figures.TryGetValue(checkpoint.Digest, out var figure) ? figure : null).Select(checkpoint => checkpoint.Artifact()));
        kept.UnionWith(await ProtectedAsync(run, cancellation));

        var deleted = new List<string>();
        var freed = new HashSet<string>();
        foreach (var name in names.Where(name => !kept.Contains(name)))
        {
            if (await KnownAsync(name, cancellation) is { } manifest)
                freed.UnionWith(manifest.Blobs.Select(blob => blob.Artifact()));
            await store.DeleteAsync(name, cancellation);
            deleted.Add(name);
        }
        await DeletePartsAsync(run, freed, deleted, cancellation);
        return deleted;
    }

    /// <summary>Keeps a checkpoint whatever the policy says.</summary>
    /// <exception cref="Core.InputException">There is none of that step.</exception>
    public async Task PinAsync(string run, long step, CancellationToken cancellation = default)
    {
        if (await store.HeadAsync(CheckpointManifest.NameOf(run, step), cancellation) is null)
            throw new Core.InputException($"Run {run} has no checkpoint of step {step}; pretrain checkpoints {run} lists those there are.");
        await _marks.PinAsync(run, step, cancellation);
    }

    /// <summary>Leaves a checkpoint to the policy again; says whether it was pinned.</summary>
    public Task<bool> UnpinAsync(string run, long step, CancellationToken cancellation = default) => _marks.UnpinAsync(run, step, cancellation);

    /// <summary>Steps of a run that are pinned.</summary>
    public Task<IReadOnlySet<long>> PinnedAsync(string run, CancellationToken cancellation = default) => _marks.PinnedAsync(run, cancellation);

    async Task<HashSet<string>> ProtectedAsync(string run, CancellationToken cancellation)
    {
        var steps = (await Tags.ListAsync(cancellation)).Where(tag => tag.Run == run).Select(tag => tag.Step)
            .Concat(await _marks.PinnedAsync(run, cancellation)).Concat(await _marks.ReadAsync(run, cancellation));
        return [.. steps.Select(step => CheckpointManifest.NameOf(run, step))];
    }

    async Task<Dictionary<string, double>> FiguresAsync(string by, IReadOnlyList<CheckpointManifest> checkpoints, CancellationToken cancellation)
    {
        var figures = new Dictionary<string, double>();
        foreach (var checkpoint in checkpoints)
        {
            if (by == CheckpointPlan.Monitor && await Monitored.FindAsync(checkpoint, cancellation) is { } accuracy)
                figures[checkpoint.Digest] = accuracy;
            else if (checkpoint.Metrics is { } metrics && metrics.TryGetValue(by, out var value) && double.IsFinite(value))
                figures[checkpoint.Digest] = -value;
        }
        return figures;
    }

    // Every byte is read once; after that it is enough that the store says nothing was written since.
    async Task<CheckpointManifest?> NewestVerifiedAsync(IReadOnlyList<string> names, CancellationToken cancellation)
    {
        foreach (var name in names)
        {
            if (await KnownAsync(name, cancellation) is not { } manifest)
                continue;
            if (_verified.TryGetValue(name, out var known) && known == await StateAsync(manifest, cancellation))
                return manifest;
            if (await MeasureFaultAsync(manifest, cancellation) is not null)
                continue;
            await RememberAsync(manifest, cancellation);
            return manifest;
        }
        return null;
    }

    async Task RememberAsync(CheckpointManifest manifest, CancellationToken cancellation) =>
        _verified[manifest.Artifact()] = await StateAsync(manifest, cancellation);

    async Task<string> StateAsync(CheckpointManifest manifest, CancellationToken cancellation)
    {
        var tags = new List<string> { manifest.Digest };
        foreach (var blob in manifest.Blobs)
            tags.Add((await store.HeadAsync(blob.Artifact(), cancellation))?.Tag ?? "none");
        return string.Join(' ', tags);
    }

    async Task<CheckpointManifest?> KnownAsync(string name, CancellationToken cancellation) =>
        await store.HeadAsync(name, cancellation) is { } info ? await KnownAsync(info, cancellation) : null;

    async Task<CheckpointManifest?> KnownAsync(ArtifactInfo info, CancellationToken cancellation)
    {
        if (_manifests.TryGetValue(info.Name, out var known) && known.Tag == info.Tag)
            return known.Manifest;
        var (manifest, _) = await ReadAsync(info.Name, cancellation);
        _manifests[info.Name] = (info.Tag, manifest);
        return manifest;
    }

    async Task DeletePartsAsync(string run, HashSet<string> freed, IReadOnlyList<string> deleted, CancellationToken cancellation)
    {
        var isDue = _time.GetUtcNow() - _strays > s_strayInterval;
        if (freed.Count == 0 && !isDue)
            return;
        var needed = new HashSet<string>();
        var there = new HashSet<string>();
        await foreach (var info in store.ListAsync("checkpoints/", cancellation))
        {
            there.Add(info.Name);
            needed.UnionWith((await KnownAsync(info, cancellation))?.Blobs.Select(blob => blob.Artifact()) ?? []);
        }
        // A reader who came before its manifest went keeps the parts; they are strays later.
        foreach (var name in (await ProtectedAsync(run, cancellation)).Where(deleted.Contains))
            needed.UnionWith(_manifests[name].Manifest?.Blobs.Select(blob => blob.Artifact()) ?? []);
        foreach (var gone in _manifests.Keys.Where(name => !there.Contains(name)).ToList())
        {
            _manifests.Remove(gone);
            _verified.Remove(gone);
        }
        foreach (var name in freed.Where(name => !needed.Contains(name)))
            await store.DeleteAsync(name, cancellation);
        if (isDue)
            await DeleteStraysAsync(needed, cancellation);
    }

    async Task DeleteStraysAsync(HashSet<string> needed, CancellationToken cancellation)
    {
        _strays = _time.GetUtcNow();
        var strays = new List<string>();
        await foreach (var info in store.ListAsync(CheckpointBlob.Prefix, cancellation))
        {
            if (!needed.Contains(info.Name) && info.Modified < _strays - s_strayAge)
                strays.Add(info.Name);
        }
        foreach (var name in strays)
            await store.DeleteAsync(name, cancellation);
    }
}
