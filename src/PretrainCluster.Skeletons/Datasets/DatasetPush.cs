using PretrainCluster.Artifacts.Stores;

namespace PretrainCluster.Skeletons.Datasets;

/// <summary>Puts a dataset into a store: its shards and splits first, dataset.json last, so that it is there whole or not at all.</summary>
public static class DatasetPush
{
    /// <param name="place">the store's, for messages</param>
    /// <param name="progress">told which file is next</param>
    /// <returns>the dataset's digest, and how many files had to be sent</returns>
    /// <exception cref="InputException">The dataset is damaged, or another one is in the store.</exception>
    public static async Task<(string Digest, int Sent)> RunAsync(string folder, IArtifactStore store, string place, IProgress<string>? progress = null, CancellationToken cancellation = default)
    {
        using var dataset = SkeletonDataset.Open(folder);
        if (dataset.Verify(cancellation: cancellation) is [var fault, ..])
            throw new InputException($"{folder} is damaged ({fault.TrimEnd('.')}); it is not put into a store.");
        if (await store.GetAsync(DatasetDescription.FileName, DescriptionFile.MaxBytes, cancellation) is { } there)
        {
            var digest = DescriptionFile.Digest(DescriptionFile.Parse(there, $"{place}/{DatasetDescription.FileName}"));
            if (digest != dataset.Digest)
                throw new InputException($"{place} holds another dataset ({digest[..12]}, this one is {dataset.Digest[..12]}); name another place, e.g. {place}-{dataset.Digest[..8]}.");
        }

        var sent = 0;
        foreach (var file in dataset.Description.Shards.Append(dataset.Description.SplitFile))
        {
            progress?.Report(file.File);
            sent += await PutAsync(folder, file, store, place, cancellation) ? 1 : 0;
        }
        var description = await File.ReadAllBytesAsync(Path.Combine(folder, DatasetDescription.FileName), cancellation);
        sent += await store.PutIfAbsentAsync(DatasetDescription.FileName, description, cancellation) ? 1 : 0;
        return (dataset.Digest, sent);
    }

    static async Task<bool> PutAsync(string folder, FileDescription file, IArtifactStore store, string place, CancellationToken cancellation)
    {
        if (await store.PutIfAbsentAsync(file.File, SendAsync, cancellation))
            return true;
        // From a push that was cut off, most likely; but names say nothing about content.
        return await store.MeasureAsync(file.File, cancellation) == (file.Bytes, file.Sha256) ? false
            : throw new InputException($"{place}/{file.File} is there with other bytes, of another dataset that was not put there whole; name another place.");

        async Task SendAsync(Stream stream, CancellationToken token)
        {
            await using var source = File.OpenRead(Path.Combine(folder, file.File));
            await source.CopyToAsync(stream, 1 << 20, token);
        }
    }
}
