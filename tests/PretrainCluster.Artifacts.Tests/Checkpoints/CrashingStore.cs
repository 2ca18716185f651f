using PretrainCluster.Artifacts.Stores;

namespace PretrainCluster.Artifacts.Tests.Checkpoints;

sealed class CrashException : Exception;

/// <summary>A store whose writer dies at the chosen boundary: before a write, in the middle of its content, or right after it. Nothing works afterwards.</summary>
sealed class CrashingStore(IArtifactStore store, int boundary) : IArtifactStore
{
    int _boundaries;
    bool _dead;

    /// <summary>Whether the chosen boundary was reached at all.</summary>
    public bool Crashed => _dead;

    public Task<bool> PutIfAbsentAsync(string name, ContentWriter content, CancellationToken cancellation = default) =>
        WriteAsync(() => store.PutIfAbsentAsync(name, Dying(content), cancellation));

    public Task<bool> PutIfMatchAsync(string name, string tag, ContentWriter content, CancellationToken cancellation = default) =>
        WriteAsync(() => store.PutIfMatchAsync(name, tag, Dying(content), cancellation));

    public Task<bool> DeleteAsync(string name, CancellationToken cancellation = default) => WriteAsync(() => store.DeleteAsync(name, cancellation));

    public Task<int?> GetRangeAsync(string name, long offset, Memory<byte> destination, CancellationToken cancellation = default)
    {
        ThrowIfDead();
        return store.GetRangeAsync(name, offset, destination, cancellation);
    }

    public IAsyncEnumerable<ArtifactInfo> ListAsync(string prefix, CancellationToken cancellation = default)
    {
        ThrowIfDead();
        return store.ListAsync(prefix, cancellation);
    }

    public Task<ArtifactInfo?> HeadAsync(string name, CancellationToken cancellation = default)
    {
        ThrowIfDead();
        return store.HeadAsync(name, cancellation);
    }

    async Task<bool> WriteAsync(Func<Task<bool>> write)
    {
        Pass();
        var result = await write();
        Pass();
        return result;
    }

    ContentWriter Dying(ContentWriter content) => async (stream, cancellation) =>
    {
        await content(stream, cancellation);
        Pass();
    };

    void Pass()
    {
        ThrowIfDead();
        if (_boundaries++ != boundary)
            return;
        _dead = true;
        throw new CrashException();
    }

    void ThrowIfDead()
    {
        if (_dead)
            throw new CrashException();
    }
}
