using System.Security.Cryptography;

namespace PretrainCluster.Artifacts.Files;

/// <summary>
/// Copies an artifact into a file that appears whole and verified, or not at all. What arrived before a crash is kept beside it, and the next
/// attempt goes on from there.
/// </summary>
public static class VerifiedDownload
{
    const int ChunkBytes = 4 << 20;
    const string PartialMark = ".partial-", LockMark = ".lock-";

    /// <summary>True for what an unfinished download left.</summary>
    public static bool IsPartial(string path) => Path.GetFileName(path).Contains(PartialMark, StringComparison.Ordinal);

    /// <param name="length">that the artifact has to have, in bytes</param>
    /// <param name="sha256">that its bytes have to have, lower-case hex</param>
    /// <param name="what">what it is, for messages</param>
    /// <param name="progress">told how many bytes are there</param>
    /// <exception cref="InputException">The artifact is missing, or has other bytes.</exception>
    /// <exception cref="FileInUseException">Another process is fetching the same.</exception>
    /// <exception cref="IOException">The file cannot be written.</exception>
    public static async Task RunAsync(IArtifactStore store, string artifact, long length, string sha256, string path, string what, IProgress<long>? progress = null, CancellationToken cancellation = default)
    {
        var partial = $"{path}{PartialMark}{sha256[..12]}";
        try
        {
            Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(path))!);
            // Not the file itself: a reader would find it locked for a moment after it has appeared.
            using var mine = Lock(path, sha256);
            if (File.Exists(path) && new FileInfo(path).Length == length && await HashAsync(path, cancellation) == sha256)
            {
                File.Delete(partial);
                return;
            }
            await WriteAsync(store, artifact, length, sha256, partial, what, progress, cancellation);
            File.Move(partial, path, overwrite: true);
            if (!OperatingSystem.IsWindows())
                UnixCalls.SyncFolder(Path.GetDirectoryName(Path.GetFullPath(path))!);
        }
        catch (UnauthorizedAccessException denied)
        {
            throw new IOException($"{path}: no permission to write here.", denied);
        }
    }

    // One of 256 for all files of a folder, which stay; whoever holds it is alive.
    static FileStream Lock(string path, string sha256)
    {
        var file = Path.Combine(Path.GetDirectoryName(Path.GetFullPath(path))!, $"{LockMark}{sha256[..2]}");
        try
        {
            return new FileStream(file, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None, 1);
        }
        catch (IOException taken) when (File.Exists(file))
        {
            throw new FileInUseException($"{path}: another process is fetching it.", taken);
        }
    }

    static async Task WriteAsync(IArtifactStore store, string artifact, long length, string sha256, string partial, string what, IProgress<long>? progress, CancellationToken cancellation)
    {
        await using var file = new FileStream(partial, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.Read, 1);
        if (file.Length > length)
            file.SetLength(0);
        var isResumed = file.Length > 0;
        if (!await FillAsync(store, artifact, length, sha256, file, what, progress, cancellation))
        {
            // What an earlier attempt left may be to blame, so everything is read once more.
            file.SetLength(0);
            if (!isResumed || !await FillAsync(store, artifact, length, sha256, file, what, progress, cancellation))
            {
                File.Delete(partial);
                throw new InputException($"{what} ({artifact}) does not have its SHA-256: it is damaged in the store.");
            }
        }
        file.Flush(flushToDisk: true);
    }

    static async Task<bool> FillAsync(IArtifactStore store, string artifact, long length, string sha256, FileStream file, string what, IProgress<long>? progress, CancellationToken cancellation)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var (current, next) = (new byte[ChunkBytes], new byte[ChunkBytes]);
        file.Position = 0;
        for (int count; (count = await file.ReadAsync(current, cancellation)) > 0;)
            hash.AppendData(current.AsSpan(0, count));

        var position = file.Position;
        var ahead = Fetch(position, current);
        while (position < length)
        {
            var count = await ahead ?? throw new InputException($"{what} ({artifact}) is not in the store.");
            if (count == 0)
                throw new InputException($"{what} ({artifact}) has {position} bytes in the store instead of {length}.");
            ahead = Fetch(position + count, next);
            hash.AppendData(current.AsSpan(0, count));
            await file.WriteAsync(current.AsMemory(0, count), cancellation);
            position += count;
            progress?.Report(position);
            (current, next) = (next, current);
        }
        await ahead;
        return Convert.ToHexStringLower(hash.GetHashAndReset()) == sha256;

        Task<int?> Fetch(long from, byte[] buffer) => from >= length ? Task.FromResult<int?>(0)
            : store.GetRangeAsync(artifact, from, buffer.AsMemory(0, (int)Math.Min(ChunkBytes, length - from)), cancellation);
    }

    /// <summary>SHA-256 of a file, lower-case hex.</summary>
    public static async Task<string> HashAsync(string path, CancellationToken cancellation = default)
    {
        await using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, 1, FileOptions.Asynchronous | FileOptions.SequentialScan);
        return Convert.ToHexStringLower(await SHA256.HashDataAsync(file, cancellation));
    }
}

/// <summary>Another process is writing the file.</summary>
public sealed class FileInUseException(string message, Exception inner) : IOException(message, inner);
