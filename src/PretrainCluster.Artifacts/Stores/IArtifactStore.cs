using System.Text.RegularExpressions;

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

/// <summary>What a store knows of an artifact without reading it.</summary>
/// <param name="Name">parts of letters, digits, '.', '-' and '_', separated by '/'</param>
/// <param name="Length">bytes</param>
/// <param name="Tag">changes with the content; handed to <see cref="IArtifactStore.PutIfMatchAsync"/></param>
/// <param name="Modified">when it was last written</param>
public sealed record ArtifactInfo(string Name, long Length, string Tag, DateTimeOffset Modified);

/// <summary>Names that every store can hold: parts of letters, digits, '.', '-' and '_', not beginning with '.', separated by '/'.</summary>
public static partial class ArtifactName
{
    const int MaxLength = 512;

    public static bool IsValid(string name) => name.Length <= MaxLength && Valid().IsMatch(name);

    /// <exception cref="ArgumentException">The name could not be held, or would lead out of the store.</exception>
    public static string Check(string name) =>
        IsValid(name) ? name : throw new ArgumentException($"\"{name}\" is no artifact name: parts of letters, digits, '.', '-' and '_', separated by '/'.", nameof(name));

    [GeneratedRegex(@"^[A-Za-z0-9_-][A-Za-z0-9._-]*(/[A-Za-z0-9_-][A-Za-z0-9._-]*)*\z")]
    private static partial Regex Valid();
}

/// <summary>Writes an artifact's content front to back. It may be called more than once and writes the same bytes each time.</summary>
public delegate Task ContentWriter(Stream stream, CancellationToken cancellation);

/// <summary>A store whose artifacts are files of this machine, so that they can be memory-mapped where they lie.</summary>
public interface ILocalStore
{
    /// <summary>The file of an artifact, whether it exists or not.</summary>
    string PathOf(string name);
}
