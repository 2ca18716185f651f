namespace PretrainCluster.Artifacts.Stores;

/// <summary>
/// Where artifacts are kept: six verbs, which a directory and a blob service both have. An artifact appears whole or not at all.
/// A conditional put that fails changes nothing, so of two writers exactly one wins.
/// </summary>
public interface IArtifactStore
{
    /// <summary>Writes an artifact unless the name is taken; says whether it did.</summary>
    Task<bool> PutIfAbsentAsync(string name, ContentWriter content, CancellationToken cancellation = default);

    /// <summary>Replaces an artifact if it still has the tag; says whether it did.</summary>
    Task<bool> PutIfMatchAsync(string name, string tag, ContentWriter content, CancellationToken cancellation = default);

    /// <summary>Reads from byte <paramref name="offset"/> on, until the destination is full or the artifact ends.</summary>
    /// <returns>Bytes read; null where there is no such artifact.</returns>
    Task<int?> GetRangeAsync(string name, long offset, Memory<byte> destination, CancellationToken cancellation = default);

    /// <summary>Artifacts whose names begin with <paramref name="prefix"/>, in the order of their names' code points.</summary>
    IAsyncEnumerable<ArtifactInfo> ListAsync(string prefix, CancellationToken cancellation = default);

    /// <summary>Deletes an artifact; says whether it was there.</summary>
    Task<bool> DeleteAsync(string name, CancellationToken cancellation = default);

    /// <summary>Looks at an artifact; null where there is none.</summary>
    Task<ArtifactInfo?> HeadAsync(string name, CancellationToken cancellation = default);
}
