using System.Collections.Concurrent;
using PretrainCluster.Artifacts.Stores;

namespace PretrainCluster.Skeletons.Tests.Datasets;

/// <summary>A store that counts how often an artifact was read from its beginning.</summary>
sealed class ReadingStore(IArtifactStore store) : IArtifactStore
{
    public ConcurrentDictionary<string, int> Read { get; } = new();

    public Task<bool> PutIfAbsentAsync(string name, ContentWriter content, CancellationToken cancellation = default) => store.PutIfAbsentAsync(name, content, cancellation);

    public Task<bool> PutIfMatchAsync(string name, string tag, ContentWriter content, CancellationToken cancellation = default) => store.PutIfMatchAsync(name, tag, content, cancellation);

    public Task<int?> GetRangeAsync(string name, long offset, Memory<byte> destination, CancellationToken cancellation = default)
    {
        if (offset == 0)
            Read.AddOrUpdate(name, 1, (_, count) => count + 1);
        return store.GetRangeAsync(name, offset, destination, cancellation);
    }

    public IAsyncEnumerable<ArtifactInfo> ListAsync(string prefix, CancellationToken cancellation = default) => store.ListAsync(prefix, cancellation);

    public Task<bool> DeleteAsync(string name, CancellationToken cancellation = default) => store.DeleteAsync(name, cancellation);

    public Task<ArtifactInfo?> HeadAsync(string name, CancellationToken cancellation = default) => store.HeadAsync(name, cancellation);
}
