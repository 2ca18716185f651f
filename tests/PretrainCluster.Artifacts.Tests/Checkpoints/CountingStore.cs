using PretrainCluster.Artifacts.Stores;

namespace PretrainCluster.Artifacts.Tests.Checkpoints;

/// <summary>Counts what is read, and may act between two verbs.</summary>
sealed class CountingStore(IArtifactStore store) : IArtifactStore
{
    public long BytesRead { get; private set; }

    public Func<string, Task>? BeforeDelete { get; set; }

    public Task<bool> PutIfAbsentAsync(string name, ContentWriter content, CancellationToken cancellation = default) => store.PutIfAbsentAsync(name, content, cancellation);

    public Task<bool> PutIfMatchAsync(string name, string tag, ContentWriter content, CancellationToken cancellation = default) => store.PutIfMatchAsync(name, tag, content, cancellation);

    public async Task<int?> GetRangeAsync(string name, long offset, Memory<byte> destination, CancellationToken cancellation = default)
    {
        var read = await store.GetRangeAsync(name, offset, destination, cancellation);
        BytesRead += read ?? 0;
        return read;
    }

    public IAsyncEnumerable<ArtifactInfo> ListAsync(string prefix, CancellationToken cancellation = default) => store.ListAsync(prefix, cancellation);

    public async Task<bool> DeleteAsync(string name, CancellationToken cancellation = default)
    {
        if (BeforeDelete is not null)
            await BeforeDelete(name);
        return await store.DeleteAsync(name, cancellation);
    }

    public Task<ArtifactInfo?> HeadAsync(string name, CancellationToken cancellation = default) => store.HeadAsync(name, cancellation);
}
