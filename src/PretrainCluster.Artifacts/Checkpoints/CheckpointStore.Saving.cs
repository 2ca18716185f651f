namespace PretrainCluster.Artifacts.Checkpoints;

public sealed partial class CheckpointStore
{
    /// <summary>Saves a checkpoint. Saving the same one again, after a crash for example, is a success and mends damaged parts.</summary>
    /// <returns>Its manifest as stored.</returns>
    /// <exception cref="CheckpointConflictException">Another sound checkpoint of this run and step exists.</exception>
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
            Stage = facts.Stage,
            PlanSha256 = facts.PlanSha256,
            DataSha256 = facts.DataSha256,
            Seed = facts.Seed,
            Code = facts.Code,
            Plan = facts.Plan,
            Data = facts.Data,
            Metrics = facts.Metrics,
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
            {
                manifest = existing;
                break;
            }
            if (existing is not null && (reason = await MeasureFaultAsync(existing, cancellation)) is null)
                throw new CheckpointConflictException(name, facts.Step, facts.Run);
            if (await store.PutIfMatchAsync(name, info.Tag, bytes, cancellation))
                break;
        }
        // A part that was there already may have been deleted before the manifest named it.
        foreach (var (content, blob) in contents.Zip(blobs))
        {
            if (await store.HeadAsync(blob.Artifact(), cancellation) is null)
                await PutAsync(content, cancellation);
        }
        await RememberAsync(manifest, cancellation);
        return manifest;
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
}
