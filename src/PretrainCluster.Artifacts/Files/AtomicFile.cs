using System.Runtime.InteropServices;
using System.Runtime.Versioning;
using System.Text;

namespace PretrainCluster.Artifacts.Files;

/// <summary>
/// A file that appears whole or not at all: written under a temporary name in the same folder, flushed to disk, then renamed.
/// Without a <see cref="Commit"/> nothing of it remains.
/// </summary>
public sealed class AtomicFile : IDisposable
{
    const string TemporaryMark = ".writing-";

    readonly string _temporary;
    readonly FileStream _stream;
    bool _closed;

    /// <exception cref="IOException">The folder or the file cannot be written.</exception>
    public AtomicFile(string path)
    {
        Path = System.IO.Path.GetFullPath(path);
        var folder = System.IO.Path.GetDirectoryName(Path) ?? throw new IOException($"{path}: names no file.");
        _temporary = System.IO.Path.Combine(folder, System.IO.Path.GetFileName(Path) + TemporaryMark + Guid.NewGuid().ToString("N")[..12]);
        try
        {
            MakeFolder(folder);
            _stream = new FileStream(_temporary, FileMode.CreateNew, FileAccess.ReadWrite, FileShare.None, 1 << 16);
        }
        catch (UnauthorizedAccessException denied)
        {
            throw new IOException($"{Path}: no permission to write here.", denied);
        }
        catch (IOException failure)
        {
            throw new IOException($"{Path}: cannot be written: {failure.Message}", failure);
        }
    }

    public string Path { get; }

    /// <summary>Where the content goes; closed by <see cref="Commit"/>.</summary>
    public Stream Stream => _stream;

    /// <summary>Deletes what writers that died have left in a folder and below.</summary>
    /// <param name="before">only what was last written to before: a living writer closes its file a moment before it has its name, and locks of other machines may not be seen here</param>
    public static void DeleteOrphans(string folder, DateTimeOffset? before = null)
    {
        foreach (var path in Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories).Where(IsTemporary).ToList())
        {
            if (before is null || File.GetLastWriteTimeUtc(path) < before)
                DeleteIfOrphan(path);
        }
    }

    /// <summary>True for a name that a crash in the middle of writing may have left behind.</summary>
    public static bool IsTemporary(string path) => System.IO.Path.GetFileName(path).Contains(TemporaryMark, StringComparison.Ordinal);

    /// <summary>Makes the file appear, in place of an older one.</summary>
    public void Commit() => Finish(replace: true);

    /// <summary>Makes the file appear unless the name is taken; says whether it did. Of two writers exactly one is told true.</summary>
    public bool CommitIfAbsent() => Finish(replace: false);

    public static void WriteAllBytes(string path, ReadOnlySpan<byte> content)
    {
        using var file = new AtomicFile(path);
        file.Write(content);
        file.Commit();
    }

    public static void WriteAllText(string path, string content) => WriteAllBytes(path, Encoding.UTF8.GetBytes(content));

    /// <exception cref="IOException">Names the file, e.g. when the disk is full.</exception>
    public void Write(ReadOnlySpan<byte> content)
    {
        try
        {
            _stream.Write(content);
        }
        catch (IOException failure)
        {
            throw new IOException($"{Path}: cannot be written: {failure.Message}", failure);
        }
    }

    bool Finish(bool replace)
    {
        ObjectDisposedException.ThrowIf(_closed, this);
        try
        {
            _stream.Flush(flushToDisk: true);
            _stream.Dispose();
            var made = replace ? Replace() : Link();
            if (!OperatingSystem.IsWindows())
                UnixCalls.SyncFolder(System.IO.Path.GetDirectoryName(Path)!);
            return made;
        }
        catch (UnauthorizedAccessException denied)
        {
            throw new IOException($"{Path}: no permission to write here.", denied);
        }
        catch (IOException failure)
        {
            throw new IOException($"{Path}: cannot be written: {failure.Message}", failure);
        }
        finally
        {
            Dispose();
        }
    }

    static void DeleteIfOrphan(string temporary)
    {
        try
        {
            using (new FileStream(temporary, FileMode.Open, FileAccess.ReadWrite, FileShare.None))
            {
            }
            File.Delete(temporary);
        }
        catch (Exception inUse) when (inUse is IOException or UnauthorizedAccessException)
        {
            // Its writer is alive, or it is somebody else's.
        }
    }

    static void MakeFolder(string folder)
    {
        if (Directory.Exists(folder))
            return;
        var parent = System.IO.Path.GetDirectoryName(folder);
        if (parent is not null)
            MakeFolder(parent);
        Directory.CreateDirectory(folder);
        if (parent is not null && !OperatingSystem.IsWindows())
            UnixCalls.SyncFolder(parent);
    }

    bool Replace()
    {
        File.Move(_temporary, Path, overwrite: true);
        return true;
    }

    // File.Move without overwriting looks first and renames after, so two writers could both win; a hard link cannot be made twice.
    bool Link()
    {
        if (OperatingSystem.IsWindows())
        {
            try
            {
                File.Move(_temporary, Path, overwrite: false);
                return true;
            }
            catch (IOException) when (File.Exists(Path))
            {
                return false;
            }
        }
        if (UnixCalls.Link(_temporary, Path) == 0)
            return true;
        var error = Marshal.GetLastPInvokeError();
        return error == UnixCalls.FileExists ? false : throw new IOException(Marshal.GetPInvokeErrorMessage(error));
    }

    public void Dispose()
    {
        if (_closed)
            return;
        _closed = true;
        try
        {
            _stream.Dispose();
        }
        catch (IOException)
        {
            // What could not be flushed is deleted next.
        }
        File.Delete(_temporary);
    }
}

/// <summary>The two calls that .NET does not offer: a hard link, which fails where the name exists, and flushing a folder's entries to disk.</summary>
[UnsupportedOSPlatform("windows")]
static partial class UnixCalls
{
    public const int FileExists = 17;
    const int ReadOnlyFlag = 0;

    [LibraryImport("libc", EntryPoint = "link", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    public static partial int Link(string existing, string created);

    [LibraryImport("libc", EntryPoint = "open", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Open(string path, int flags);

    [LibraryImport("libc", EntryPoint = "fsync", SetLastError = true)]
    private static partial int Sync(int descriptor);

    [LibraryImport("libc", EntryPoint = "close", SetLastError = true)]
    private static partial int Close(int descriptor);

    /// <summary>Some file systems refuse this; the rename itself has been made by then, so a refusal is not an error.</summary>
    public static void SyncFolder(string folder)
    {
        var descriptor = Open(folder, ReadOnlyFlag);
        if (descriptor < 0)
            return;
        _ = Sync(descriptor);
        _ = Close(descriptor);
    }
}
