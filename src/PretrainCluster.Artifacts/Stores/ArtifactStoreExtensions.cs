using System.Security.Cryptography;

namespace PretrainCluster.Artifacts.Stores;

/// <summary>What can be said with the six verbs.</summary>
public static class ArtifactStoreExtensions
{
    const int ChunkBytes = 1 << 20;

    public static Task<bool> PutIfAbsentAsync(this IArtifactStore store, string name, ReadOnlyMemory<byte> content, CancellationToken cancellation = default) =>
        store.PutIfAbsentAsync(name, (stream, token) => stream.WriteAsync(content, token).AsTask(), cancellation);

    public static Task<bool> PutIfMatchAsync(this IArtifactStore store, string name, string tag, ReadOnlyMemory<byte> content, CancellationToken cancellation = default) =>
        store.PutIfMatchAsync(name, tag, (stream, token) => stream.WriteAsync(content, token).AsTask(), cancellation);

    /// <summary>A whole small artifact; null where there is none.</summary>
    /// <exception cref="InputException">It has more than <paramref name="most"/> bytes.</exception>
    public static async Task<byte[]?> GetAsync(this IArtifactStore store, string name, int most, CancellationToken cancellation = default)
    {
        if (await store.HeadAsync(name, cancellation) is not { } info)
            return null;
        if (info.Length > most)
            throw new InputException($"{name} has {info.Length} bytes, at most {most} are expected.");
        var content = new byte[info.Length];
        var read = await store.GetRangeAsync(name, 0, content, cancellation);
        return read is null ? null : content[..read.Value];
    }

    /// <summary>Hands an artifact's bytes on piece by piece; false where there is none.</summary>
    public static async Task<bool> ReadAllAsync(this IArtifactStore store, string name, Func<ReadOnlyMemory<byte>, ValueTask> piece, CancellationToken cancellation = default)
    {
        var buffer = new byte[ChunkBytes];
        for (long offset = 0; ;)
        {
            if (await store.GetRangeAsync(name, offset, buffer, cancellation) is not { } read)
                return false;
            await piece(buffer.AsMemory(0, read));
            offset += read;
            if (read < buffer.Length)
                return true;
        }
    }

    /// <summary>Length and SHA-256 (lower-case hex) of an artifact's bytes as they are read; null where there is none.</summary>
    public static async Task<(long Length, string Sha256)?> MeasureAsync(this IArtifactStore store, string name, CancellationToken cancellation = default)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        long length = 0;
        var exists = await store.ReadAllAsync(name, piece =>
        {
            hash.AppendData(piece.Span);
            length += piece.Length;
            return ValueTask.CompletedTask;
        }, cancellation);
        return exists ? (length, Convert.ToHexStringLower(hash.GetHashAndReset())) : null;
    }
}
