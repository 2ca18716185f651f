using System.Runtime.CompilerServices;
using System.Security.Cryptography;

namespace PretrainCluster.Artifacts.Stores;

/// <summary>
/// Artifacts as files of a folder. Writers of one machine may share it; every write goes to a temporary name, is flushed to disk and then
/// renamed, or linked where the name must be free. What a crashed writer left behind is deleted when the store is opened.
/// </summary>
public sealed class DirectoryStore : IArtifactStore, ILocalStore
{
    const string LockName = ".lock";
    const int HashedTagBytes = 1 << 20;
    static readonly TimeSpan OrphanAge = TimeSpan.FromMinutes(1);
    static readonly TimeSpan LockRetry = TimeSpan.FromMilliseconds(20);
    static readonly TimeSpan LockPatience = TimeSpan.FromMinutes(1);

    readonly TimeProvider _time;

    DirectoryStore(string folder, TimeProvider time) => (Folder, _time) = (Path.GetFullPath(folder), time);

    public string Folder { get; }

    /// <summary>Opens a store, and makes the folder where it is missing.</summary>
    /// <exception cref="IOException">The folder cannot be made or read; the message names it.</exception>
    public static DirectoryStore Open(string folder, TimeProvider? time = null)
    {
        var store = new DirectoryStore(folder, time ?? TimeProvider.System);
        try
        {
            Directory.CreateDirectory(store.Folder);
            AtomicFile.DeleteOrphans(store.Folder, store._time.GetUtcNow() - OrphanAge);
        }
        catch (UnauthorizedAccessException denied)
        {
            throw new IOException($"{store.Folder}: no permission to use this folder as a store.", denied);
        }
        return store;
    }

    /// <inheritdoc/>
    public string PathOf(string name) => Path.Combine(Folder, ArtifactName.Check(name).Replace('/', Path.DirectorySeparatorChar));

    /// <inheritdoc/>
    public async Task<bool> PutIfAbsentAsync(string name, ContentWriter content, CancellationToken cancellation = default)
    {
        var path = PathOf(name);
        if (File.Exists(path))
            return false;
        using var file = await WriteAsync(path, content, cancellation);
        return file.CommitIfAbsent();
    }

    /// <inheritdoc/>
    public async Task<bool> PutIfMatchAsync(string name, string tag, ContentWriter content, CancellationToken cancellation = default)
    {
        var path = PathOf(name);
        if ((await HeadAsync(name, cancellation))?.Tag != tag)
            return false;
        using var file = await WriteAsync(path, content, cancellation);
        using (await LockAsync(cancellation))
        {
            if ((await HeadAsync(name, cancellation))?.Tag != tag)
                return false;
            file.Commit();
            return true;
        }
    }

    /// <inheritdoc/>
    public async Task<int?> GetRangeAsync(string name, long offset, Memory<byte> destination, CancellationToken cancellation = default)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(offset);
        var path = PathOf(name);
        try
        {
            using var file = File.OpenHandle(path, options: FileOptions.Asynchronous, share: FileShare.ReadWrite | FileShare.Delete);
            var read = 0;
            while (read < destination.Length)
            {
                var count = await RandomAccess.ReadAsync(file, destination[read..], offset + read, cancellation);
                if (count == 0)
                    break;
                read += count;
            }
            return read;
        }
        catch (Exception missing) when (missing is FileNotFoundException or DirectoryNotFoundException)
        {
            return null;
        }
        catch (UnauthorizedAccessException denied)
        {
            throw new IOException($"{path}: no permission to read it.", denied);
        }
    }

    /// <inheritdoc/>
    public async IAsyncEnumerable<ArtifactInfo> ListAsync(string prefix, [EnumeratorCancellation] CancellationToken cancellation = default)
    {
        var slash = prefix.LastIndexOf('/');
        var folder = slash > 0 ? PathOf(prefix[..slash]) : Folder;
        if (!Directory.Exists(folder))
            yield break;
        var names = Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories)
            .Where(path => !AtomicFile.IsTemporary(path))
            .Select(path => Path.GetRelativePath(Folder, path).Replace(Path.DirectorySeparatorChar, '/'))
            .Where(name => name.StartsWith(prefix, StringComparison.Ordinal) && ArtifactName.IsValid(name))
            .Order(StringComparer.Ordinal).ToList();
        foreach (var name in names)
        {
            if (await HeadAsync(name, cancellation) is { } info)
                yield return info;
        }
    }

    /// <inheritdoc/>
    public async Task<bool> DeleteAsync(string name, CancellationToken cancellation = default)
    {
        var path = PathOf(name);
        using (await LockAsync(cancellation))
        {
            if (!File.Exists(path))
                return false;
            try
            {
                File.Delete(path);
            }
            catch (UnauthorizedAccessException denied)
            {
                throw new IOException($"{path}: no permission to delete it.", denied);
            }
            return true;
        }
    }

    /// <inheritdoc/>
    public async Task<ArtifactInfo?> HeadAsync(string name, CancellationToken cancellation = default)
    {
        var file = new FileInfo(PathOf(name));
        if (!file.Exists)
            return null;
        return await TagAsync(name, file, cancellation) is { } tag ? new(name, file.Length, tag, file.LastWriteTimeUtc) : null;
    }

    static async Task<AtomicFile> WriteAsync(string path, ContentWriter content, CancellationToken cancellation)
    {
        var file = new AtomicFile(path);
        try
        {
            await content(file.Stream, cancellation);
            return file;
        }
        catch (Exception failure)
        {
            file.Dispose();
            if (failure is IOException)
                throw new IOException($"{path}: cannot be written: {failure.Message}", failure);
            throw;
        }
    }

    // Clocks of file systems are too coarse to tell two writes apart; what is written in place of something is small, so its content can.
    async Task<string?> TagAsync(string name, FileInfo file, CancellationToken cancellation)
    {
        if (file.Length > HashedTagBytes)
            return FormattableString.Invariant($"{file.Length}-{file.LastWriteTimeUtc.Ticks}");
        var content = new byte[file.Length];
        return await GetRangeAsync(name, 0, content, cancellation) is { } read ? Convert.ToHexStringLower(SHA256.HashData(content.AsSpan(0, read))) : null;
    }

    async Task<FileStream> LockAsync(CancellationToken cancellation)
    {
        var path = Path.Combine(Folder, LockName);
        var started = _time.GetTimestamp();
        while (true)
        {
            try
            {
                return new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
            }
            catch (UnauthorizedAccessException denied)
            {
                throw new IOException($"{path}: no permission to write here.", denied);
            }
            catch (IOException) when (File.Exists(path) && _time.GetElapsedTime(started) < LockPatience)
            {
                await Task.Delay(LockRetry, _time, cancellation);
            }
        }
    }
}
