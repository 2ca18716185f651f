using System.Runtime.CompilerServices;
using Azure;
using Azure.Storage.Blobs;
using Azure.Storage.Blobs.Models;
using Azure.Storage.Blobs.Specialized;

namespace PretrainCluster.Artifacts.Stores.Blobs;

/// <summary>
/// Artifacts as block blobs of a container, under a prefix. Content is staged in blocks and appears with the commit of their list, under
/// If-None-Match or If-Match; every commit carries a mark of its own, by which a writer whose answer got lost finds out whether it was he who won.
/// </summary>
/// <remarks>Upload, OpenWrite and DownloadTo of the client library need System.IO.Hashing, which not every registry has; blocks and ranges do not.</remarks>
public sealed class AzureBlobStore : IArtifactStore
{
    const int BlockBytes = 4 << 20, ParallelBlocks = 4, MaxRestarts = 5;
    const string MarkKey = "pretrain_write";

    readonly BlobContainerClient _container;
    readonly BlobAccess _access;
    readonly StoreRetry _retry;

    public AzureBlobStore(BlobLocation location, BlobAccess access, StorePatience? patience = null, TimeProvider? time = null)
    {
        patience ??= StorePatience.Long;
        (Location, _access) = (location, access);
        // Pinned: an older emulator or appliance refuses versions that it does not know.
        var options = new BlobClientOptions(BlobClientOptions.ServiceVersion.V2021_12_02);
        options.Retry.MaxRetries = 0;
        options.Retry.NetworkTimeout = patience.Attempt;
        options.Diagnostics.IsLoggingEnabled = false;
        options.Diagnostics.IsDistributedTracingEnabled = false;
        _container = access.Open(options);
        _retry = new(patience, time ?? TimeProvider.System, BlobFailures.IsPassing, (failure, attempts) => BlobFailures.Explain(failure, location, access.Description, attempts));
    }

    public BlobLocation Location { get; }

    /// <summary>Requests that had to be made again.</summary>
    public long Retries => _retry.Retries;

    /// <summary>Blocks that were in the store already, from an earlier attempt, and were not sent again.</summary>
    public long SparedBlocks { get; private set; }

    /// <summary>Makes sure that the container is there and may be listed; Azurite's is made where it is missing.</summary>
    /// <exception cref="StoreException">What is wrong.</exception>
    public async Task CheckAsync(CancellationToken cancellation = default)
    {
        if (_access.IsEmulator)
            await RunAsync(_ => _container.CreateIfNotExistsAsync(cancellationToken: cancellation), cancellation);
        await RunAsync(async _ =>
        {
            await foreach (var page in _container.GetBlobsAsync(BlobTraits.None, BlobStates.None, prefix: Location.Prefix, cancellationToken: cancellation).AsPages(pageSizeHint: 1))
                return page.Values.Count;
            return 0;
        }, cancellation);
    }

    /// <inheritdoc/>
    public Task<bool> PutIfAbsentAsync(string name, ContentWriter content, CancellationToken cancellation = default) =>
        PutAsync(name, new() { IfNoneMatch = ETag.All }, info => info is null, content, cancellation);

    /// <inheritdoc/>
    public Task<bool> PutIfMatchAsync(string name, string tag, ContentWriter content, CancellationToken cancellation = default) =>
        PutAsync(name, new() { IfMatch = new ETag($"\"{tag}\"") }, info => info?.Tag == tag, content, cancellation);

    /// <inheritdoc/>
    public async Task<int?> GetRangeAsync(string name, long offset, Memory<byte> destination, CancellationToken cancellation = default)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(offset);
        var blob = Blob(name);
        if (destination.Length == 0)
            return await HeadAsync(name, cancellation) is null ? null : 0;
        var read = 0;
        return await RunAsync<int?>(async _ =>
        {
            try
            {
                // A body that was cut goes on where it ended.
                var options = new BlobDownloadOptions { Range = new HttpRange(offset + read, destination.Length - read) };
                using var body = (await blob.DownloadStreamingAsync(options, cancellation)).Value;
                var length = body.Details.ContentLength;
                for (var start = read; read - start < length;)
                {
                    var count = await body.Content.ReadAsync(destination[read..], cancellation);
                    if (count == 0)
                        throw new IOException("the answer was cut short");
                    read += count;
                }
                return read;
            }
            catch (RequestFailedException beyond) when (beyond.Status == 416)
            {
                return read;
            }
            catch (RequestFailedException missing) when (BlobFailures.IsMissing(missing))
            {
                return null;
            }
        }, cancellation);
    }

    /// <inheritdoc/>
    public async IAsyncEnumerable<ArtifactInfo> ListAsync(string prefix, [EnumeratorCancellation] CancellationToken cancellation = default)
    {
        var skip = Location.BlobOf("").Length;
        string? next = null;
        do
        {
            var page = await RunAsync(async _ =>
            {
                await foreach (var found in _container.GetBlobsAsync(BlobTraits.None, BlobStates.None, prefix: Location.BlobOf(prefix), cancellationToken: cancellation).AsPages(next))
                    return found;
                return null;
            }, cancellation);
            foreach (var item in page?.Values ?? [])
            {
                if (ArtifactName.IsValid(item.Name[skip..]))
                    yield return new(item.Name[skip..], item.Properties.ContentLength ?? 0, TagOf(item.Properties.ETag), item.Properties.LastModified ?? default);
            }
            next = page?.ContinuationToken;
        }
        while (!string.IsNullOrEmpty(next));
    }

    /// <inheritdoc/>
    public async Task<bool> DeleteAsync(string name, CancellationToken cancellation = default)
    {
        var blob = Blob(name);
        // The deletion's own answer may be that of a second attempt, of which the HTTP client makes some unasked.
        if (await HeadAsync(name, cancellation) is null)
            return false;
        await RunAsync(_ => blob.DeleteIfExistsAsync(cancellationToken: cancellation), cancellation);
        return true;
    }

    /// <inheritdoc/>
    public async Task<ArtifactInfo?> HeadAsync(string name, CancellationToken cancellation = default) => (await LookAsync(name, cancellation)).Info;

    async Task<bool> PutAsync(string name, BlobRequestConditions conditions, Func<ArtifactInfo?, bool> mayWrite, ContentWriter content, CancellationToken cancellation)
    {
        var blob = Blob(name);
        var mark = Guid.NewGuid().ToString("N");
        for (var restarts = 0; ; restarts++)
        {
            await using var upload = new BlockUpload(blob, _retry, BlockBytes, ParallelBlocks, () => StagedAsync(name, blob, mayWrite, cancellation), cancellation);
            IReadOnlyList<string> blocks;
            try
            {
                await content(upload, cancellation);
                blocks = await upload.FinishAsync();
            }
            catch (Exception failure) when (!cancellation.IsCancellationRequested && BlobFailures.Explain(failure, Location, _access.Description) is StoreException explained && failure is RequestFailedException)
            {
                throw explained;
            }
            SparedBlocks += upload.Spared;
            if (upload.IsPointless)
                return false;
            try
            {
                var options = new CommitBlockListOptions { Conditions = conditions, Metadata = new Dictionary<string, string> { [MarkKey] = mark } };
                await RunAsync(_ => blob.CommitBlockListAsync(blocks, options, cancellation), cancellation);
                return true;
            }
            catch (StoreException refused) when (refused.InnerException is RequestFailedException request && (BlobFailures.IsConflict(request) || BlobFailures.LacksBlocks(request)) && refused.Failure == StoreFailure.Refused)
            {
                // Either somebody else was first, or an attempt of ours was, whose answer got lost.
                var (info, written) = await LookAsync(name, cancellation);
                if (written == mark)
                    return true;
                if (BlobFailures.IsConflict(request) || !mayWrite(info))
                    return false;
                if (restarts == MaxRestarts)
                    throw;
            }
        }
    }

    async Task<IReadOnlyDictionary<string, long>?> StagedAsync(string name, BlockBlobClient blob, Func<ArtifactInfo?, bool> mayWrite, CancellationToken cancellation)
    {
        if (!mayWrite(await HeadAsync(name, cancellation)))
            return null;
        return await RunAsync(async _ =>
        {
            try
            {
                var list = (await blob.GetBlockListAsync(BlockListTypes.Uncommitted, cancellationToken: cancellation)).Value;
                return list.UncommittedBlocks.GroupBy(block => block.Name).ToDictionary(same => same.Key, same => same.First().SizeLong);
            }
            catch (RequestFailedException missing) when (BlobFailures.IsMissing(missing))
            {
                return new Dictionary<string, long>();
            }
        }, cancellation);
    }

    async Task<(ArtifactInfo? Info, string? Mark)> LookAsync(string name, CancellationToken cancellation)
    {
        var blob = Blob(name);
        return await RunAsync<(ArtifactInfo?, string?)>(async _ =>
        {
            try
            {
                var properties = (await blob.GetPropertiesAsync(cancellationToken: cancellation)).Value;
                properties.Metadata.TryGetValue(MarkKey, out var mark);
                return (new(name, properties.ContentLength, TagOf(properties.ETag), properties.LastModified), mark);
            }
            catch (RequestFailedException missing) when (BlobFailures.IsMissing(missing))
            {
                return (null, null);
            }
        }, cancellation);
    }

    async Task<T> RunAsync<T>(Func<int, Task<T>> attempt, CancellationToken cancellation)
    {
        try
        {
            return await _retry.RunAsync(attempt, cancellation);
        }
        catch (Exception failure) when (failure is RequestFailedException or Azure.Identity.AuthenticationFailedException)
        {
            throw BlobFailures.Explain(failure, Location, _access.Description);
        }
    }

    BlockBlobClient Blob(string name) => _container.GetBlockBlobClient(Location.BlobOf(ArtifactName.Check(name)));

    // Listings have it without quotes, single blobs with them.
    static string TagOf(ETag? tag) => tag?.ToString().Trim('"') ?? "";
}
