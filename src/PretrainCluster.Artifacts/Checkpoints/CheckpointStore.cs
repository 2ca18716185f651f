using PretrainCluster.Artifacts.Files;
using PretrainCluster.Artifacts.Stores;
using PretrainCluster.Core;

namespace PretrainCluster.Artifacts.Checkpoints;

/// <summary>
/// Checkpoints in a store: the parts first, each under its SHA-256, then the manifest, created only where it does not exist. Whatever
/// happens in between, a checkpoint is whole or it is not there. Loading verifies every byte (docs/checkpoints.md).
/// </summary>
/// <param name="store">where they are kept</param>
/// <param name="time">dates manifests and the age of stray parts</param>
/// <param name="cache">folder for copies of parts whose store is not on this machine</param>
public sealed class CheckpointStore(IArtifactStore store, TimeProvider? time = null, string? cache = null)
{
    static readonly TimeSpan StrayAge = TimeSpan.FromDays(1);

    readonly TimeProvider _time = time ?? TimeProvider.System;

    /// <summary>Saves a checkpoint. Saving the same one again, after a crash for example, is a success and mends damaged parts.</summary>
    /// <returns>Its manifest as stored.</returns>
    /// <exception cref="InvalidOperationException">Another sound checkpoint of this run and step exists.</exception>
    public async Task<CheckpointManifest> SaveAsync(CheckpointFacts facts, IReadOnlyList<CheckpointContent> contents, CancellationToken cancellation = default)
    {
        ArtifactName.Check(CheckpointManifest.NameOf(facts.Run, facts.Step));
        var blobs = new List<CheckpointBlob>();
        foreach (var content in contents)
            blobs.Add(await PutAsync(content, cancellation));
        var (bytes, manifest) = ManifestText.Write(new()
        {
            Format = CheckpointManifest.CurrentFormat,
            Time = _time.GetUtcNow(),
            Run = facts.Run,
            Step = facts.Step,
            PlanSha256 = facts.PlanSha256,
            DataSha256 = facts.DataSha256,
            Seed = facts.Seed,
            Code = facts.Code,
            State = facts.State,
            Blobs = blobs,
        });
        var name = manifest.Artifact();
        while (!await store.PutIfAbsentAsync(name, bytes, cancellation))
        {
            if (await store.HeadAsync(name, cancellation) is not { } info)
                continue;
            var (existing, reason) = await ReadAsync(name, cancellation);
            if (existing is not null && existing.IsSameAs(manifest))
                return existing;
            if (existing is not null && (reason = await FaultAsync(existing, cancellation)) is null)
                throw new InvalidOperationException($"{name} exists and holds another checkpoint of step {facts.Step}: another writer is at work on run {facts.Run}, or the step gave other results.");
            if (await store.PutIfMatchAsync(name, info.Tag, bytes, cancellation))
                break;
        }
        return manifest;
    }

    /// <summary>The newest checkpoint of a run that verifies, every byte read.</summary>
    public async Task<CheckpointSearch> FindNewestAsync(string run, CancellationToken cancellation = default)
    {
        var rejected = new List<RejectedCheckpoint>();
        foreach (var name in await NamesAsync(run, cancellation))
        {
            var (manifest, reason) = await ReadAsync(name, cancellation);
            reason ??= await FaultAsync(manifest!, cancellation);
            if (reason is null)
                return new(manifest, rejected);
            rejected.Add(new(name, reason));
        }
        return new(null, rejected);
    }

    /// <summary>The checkpoint of one step, every byte verified.</summary>
    /// <exception cref="InputException">There is none, or it does not verify.</exception>
    public async Task<CheckpointManifest> GetAsync(string run, long step, CancellationToken cancellation = default)
    {
        var name = CheckpointManifest.NameOf(run, step);
        var (manifest, reason) = await ReadAsync(name, cancellation);
        reason ??= await FaultAsync(manifest!, cancellation);
        return reason is null ? manifest! : throw new InputException($"Checkpoint {name} cannot be used: {reason}.");
    }

    /// <summary>Manifests of a run that can be read, newest first; their parts are not verified.</summary>
    public async Task<IReadOnlyList<CheckpointManifest>> ListAsync(string run, CancellationToken cancellation = default)
    {
        var manifests = new List<CheckpointManifest>();
        foreach (var name in await NamesAsync(run, cancellation))
        {
            if (await ReadAsync(name, cancellation) is ({ } manifest, _))
                manifests.Add(manifest);
        }
        return manifests;
    }

    /// <summary>A file of this machine with a part's bytes, e.g. for <see cref="SafeTensors.SafeTensorsFile.Open"/>; fetched and verified where the store is elsewhere.</summary>
    /// <exception cref="InputException">The part is missing or does not have its digest.</exception>
    public async Task<string> FetchAsync(CheckpointBlob blob, CancellationToken cancellation = default)
    {
        if (store is ILocalStore local)
            return local.PathOf(blob.Artifact());
        var path = Path.Combine(cache ?? throw new InvalidOperationException("A store elsewhere needs a cache folder."), $"sha256-{blob.Sha256}");
        if (File.Exists(path))
            return path;
        using var file = new AtomicFile(path);
        await using var hashing = new HashingStream(file.Stream);
        if (!await store.ReadAllAsync(blob.Artifact(), piece => hashing.WriteAsync(piece, cancellation), cancellation) || hashing.Finish() != (blob.Length, blob.Sha256))
            throw new InputException($"Part {blob.Name} ({blob.Artifact()}) is missing or does not have its SHA-256.");
        file.Commit();
        return path;
    }

    /// <summary>
    /// Keeps the newest <paramref name="keep"/> checkpoints of a run and the newest that verifies, wherever it stands; deletes the others, then the
    /// parts that no checkpoint of any run needs. Manifests go first, so a crash leaves nothing but stray parts, which go a day later.
    /// </summary>
    /// <returns>The manifests deleted.</returns>
    public async Task<IReadOnlyList<string>> RetainAsync(string run, int keep, CancellationToken cancellation = default)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(keep, 1);
        var verified = (await FindNewestAsync(run, cancellation)).Newest;
        var deleted = new List<string>();
        if (verified is null)
            return deleted;
        var freed = new HashSet<string>();
        foreach (var name in (await NamesAsync(run, cancellation)).Skip(keep).Where(name => name != verified.Artifact()))
        {
            if (await ReadAsync(name, cancellation) is ({ } manifest, _))
                freed.UnionWith(manifest.Blobs.Select(blob => blob.Artifact()));
            await store.DeleteAsync(name, cancellation);
            deleted.Add(name);
        }
        await DeletePartsAsync(freed, cancellation);
        return deleted;
    }

    async Task DeletePartsAsync(HashSet<string> freed, CancellationToken cancellation)
    {
        var needed = new HashSet<string>();
        await foreach (var info in store.ListAsync("checkpoints/", cancellation))
        {
            var (manifest, _) = await ReadAsync(info.Name, cancellation);
            needed.UnionWith(manifest?.Blobs.Select(blob => blob.Artifact()) ?? []);
        }
        var strayBefore = _time.GetUtcNow() - StrayAge;
        var unneeded = new List<string>();
        await foreach (var info in store.ListAsync(CheckpointBlob.Prefix, cancellation))
        {
            if (!needed.Contains(info.Name) && (freed.Contains(info.Name) || info.Modified < strayBefore))
                unneeded.Add(info.Name);
        }
        foreach (var name in unneeded)
            await store.DeleteAsync(name, cancellation);
    }

    async Task<CheckpointBlob> PutAsync(CheckpointContent content, CancellationToken cancellation)
    {
        await using var measuring = new HashingStream(null);
        await content.Write(measuring, cancellation);
        var (length, sha256) = measuring.Finish();
        var blob = new CheckpointBlob(content.Name, length, sha256);
        while (true)
        {
            if (await store.HeadAsync(blob.Artifact(), cancellation) is not { } info)
            {
                if (await store.PutIfAbsentAsync(blob.Artifact(), Write, cancellation))
                    return blob;
            }
            else if (await store.MeasureAsync(blob.Artifact(), cancellation) == (length, sha256) || await store.PutIfMatchAsync(blob.Artifact(), info.Tag, Write, cancellation))
                return blob;
        }

        async Task Write(Stream stream, CancellationToken token)
        {
            await using var hashing = new HashingStream(stream);
            await content.Write(hashing, token);
            if (hashing.Finish() != (length, sha256))
                throw new InvalidOperationException($"Part {content.Name} changed while it was being saved.");
        }
    }

    async Task<IReadOnlyList<string>> NamesAsync(string run, CancellationToken cancellation)
    {
        var names = new List<string>();
        await foreach (var info in store.ListAsync(CheckpointManifest.FolderOf(run), cancellation))
        {
            if (info.Name.EndsWith(".json", StringComparison.Ordinal))
                names.Add(info.Name);
        }
        names.Reverse();
        return names;
    }

    async Task<(CheckpointManifest? Manifest, string? Reason)> ReadAsync(string name, CancellationToken cancellation)
    {
        try
        {
            if (await store.GetAsync(name, ManifestText.MaxBytes, cancellation) is not { } bytes)
                return (null, "it does not exist");
            var manifest = ManifestText.Read(bytes);
            return manifest.Artifact() == name ? (manifest, null) : (null, $"its manifest is that of {manifest.Artifact()}");
        }
        catch (Exception wrong) when (wrong is FormatException or InputException)
        {
            return (null, wrong.Message);
        }
        catch (IOException damaged) when (IsDamage(damaged))
        {
            return (null, $"the manifest cannot be read: {damaged.Message}");
        }
    }

    async Task<string?> FaultAsync(CheckpointManifest manifest, CancellationToken cancellation)
    {
        foreach (var blob in manifest.Blobs)
        {
            try
            {
                switch (await store.MeasureAsync(blob.Artifact(), cancellation))
                {
                    case null:
                        return $"part {blob.Name} is missing";
                    case var (length, _) when length != blob.Length:
                        return $"part {blob.Name} has {length} bytes instead of {blob.Length}";
                    case var (_, sha256) when sha256 != blob.Sha256:
                        return $"part {blob.Name} does not have its SHA-256";
                }
            }
            catch (IOException damaged) when (IsDamage(damaged))
            {
                return $"part {blob.Name} cannot be read: {damaged.Message}";
            }
        }
        return null;
    }

    // Without permission nothing can be said about a checkpoint, and starting over would be wrong.
    static bool IsDamage(IOException failure) => failure.InnerException is not UnauthorizedAccessException;
}
