using System.Runtime.CompilerServices;

namespace PretrainCluster.Artifacts.Checkpoints;

public sealed partial class CheckpointStore
{
    /// <summary>The newest checkpoint of a run that verifies, every byte read.</summary>
    public async Task<CheckpointSearch> FindNewestAsync(string run, CancellationToken cancellation = default)
    {
        var rejected = new List<RejectedCheckpoint>();
        foreach (var name in await NamesAsync(run, cancellation))
        {
            var (manifest, reason) = await ReadAsync(name, cancellation);
            reason ??= await FaultAsync(manifest!, cancellation);
            if (reason is null)
            {
                await RememberReadAsync(manifest!, cancellation);
                return new(manifest, rejected);
            }
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
        if (reason is not null)
            throw new InputException($"Checkpoint {name} cannot be used: {reason}.");
        await RememberReadAsync(manifest!, cancellation);
        return manifest!;
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

    /// <summary>Every checkpoint of a run, newest first, with what is wrong with it: null where every byte is as it was written.</summary>
    public async IAsyncEnumerable<(string Artifact, CheckpointManifest? Manifest, string? Fault)> VerifyAsync(string run, [EnumeratorCancellation] CancellationToken cancellation = default)
    {
        foreach (var name in await NamesAsync(run, cancellation))
        {
            var (manifest, reason) = await ReadAsync(name, cancellation);
            yield return (name, manifest, reason ?? await MeasureFaultAsync(manifest!, cancellation));
        }
    }

    /// <summary>
    /// The newest checkpoint of a run that verifies, or the one of a step, kept from retention while it is being read.
    /// </summary>
    /// <param name="step">null for the newest</param>
    /// <exception cref="InputException">There is none that verifies.</exception>
    public async Task<CheckpointReading> BeginReadingAsync(string run, long? step = null, CancellationToken cancellation = default)
    {
        var rejected = new List<string>();
        foreach (var name in step is { } exact ? [CheckpointManifest.NameOf(run, exact)] : await NamesAsync(run, cancellation))
        {
            var (manifest, reason) = await ReadAsync(name, cancellation);
            if (manifest is not null)
            {
                var end = await _marks.LeaseAsync(run, manifest.Step, cancellation);
                try
                {
                    // Retention deletes a manifest before it looks at the leases again, so the parts of one that is still there now stay.
                    reason = await store.HeadAsync(name, cancellation) is null ? "it was deleted meanwhile" : await FaultAsync(manifest, cancellation);
                    if (reason is null)
                        return new(manifest, end);
                }
                catch
                {
                    await end();
                    throw;
                }
                await end();
            }
            rejected.Add($"{name}: {reason}");
        }
        throw new InputException(rejected.Count == 0 ? $"Run {run} has no checkpoint." : $"Run {run} has no checkpoint that can be used: {string.Join("; ", rejected)}.");
    }

    /// <summary>A file of this machine with a part's bytes, e.g. for <see cref="SafeTensors.SafeTensorsFile.Open"/>; fetched and verified where the store is elsewhere.</summary>
    /// <exception cref="InputException">The part is missing or does not have its digest.</exception>
    public async Task<string> FetchAsync(CheckpointBlob blob, CancellationToken cancellation = default) =>
        store is ILocalStore local ? local.PathOf(blob.Artifact())
            : await _cache.Value.FetchAsync(store, blob.Artifact(), blob.Length, blob.Sha256, $"Part {blob.Name}", cancellation);

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

    // Of a store elsewhere it may have been the copies that were read.
    Task RememberReadAsync(CheckpointManifest manifest, CancellationToken cancellation) => store is ILocalStore ? RememberAsync(manifest, cancellation) : Task.CompletedTask;

    // From elsewhere the parts are fetched, and it is the copies, which will be used, whose bytes count.
    async Task<string?> FaultAsync(CheckpointManifest manifest, CancellationToken cancellation)
    {
        if (store is ILocalStore)
            return await MeasureFaultAsync(manifest, cancellation);
        foreach (var blob in manifest.Blobs)
        {
            try
            {
                if (await VerifiedDownload.HashAsync(await FetchAsync(blob, cancellation), cancellation) == blob.Sha256)
                    continue;
                _cache.Value.Remove(blob.Sha256);
                await FetchAsync(blob, cancellation);
            }
            catch (InputException damaged)
            {
                return damaged.Message.TrimEnd('.');
            }
        }
        return null;
    }

    async Task<string?> MeasureFaultAsync(CheckpointManifest manifest, CancellationToken cancellation)
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

    // Without permission, or an answer, nothing can be said about a checkpoint, and starting over would be wrong.
    static bool IsDamage(IOException failure) => failure is not StoreException && failure.InnerException is not UnauthorizedAccessException;
}
