using System.IO.Compression;
using System.Security.Cryptography;
using PretrainCluster.Artifacts.Files;

namespace PretrainCluster.Skeletons.Formats;

/// <summary>The files of a folder (with its subfolders) or of a zip, in the order of their names, read in place: nothing is unpacked.</summary>
public sealed class InputFiles : IDisposable
{
    /// <summary>More files than any skeleton data set has.</summary>
    public const int MaxFiles = 4_000_000;

    const int MaxDepth = 8;

    readonly ZipArchive? _archive;

    InputFiles(string path, IEnumerable<InputFile> files, ZipArchive? archive)
    {
        Path = path;
        Files = [.. files.OrderBy(file => file.Name, StringComparer.Ordinal).ThenBy(file => file.Path, StringComparer.Ordinal)];
        _archive = archive;
    }

    public string Path { get; }

    public IReadOnlyList<InputFile> Files { get; }

    /// <param name="path">A folder or a zip.</param>
    /// <param name="extension">Only files that end so, such as ".skeleton".</param>
    public static InputFiles Open(string path, string extension)
    {
        if (Directory.Exists(path))
            return new InputFiles(path, InFolder(path, extension), null);
        if (File.Exists(path))
            return OpenZip(path, extension);
        throw new InputException($"{path}: no such file or folder.");
    }

    public void Dispose() => _archive?.Dispose();

    static IEnumerable<InputFile> InFolder(string path, string extension)
    {
        var options = new EnumerationOptions
        {
            RecurseSubdirectories = true,
            MaxRecursionDepth = MaxDepth,
            MatchCasing = MatchCasing.CaseInsensitive,
            IgnoreInaccessible = false,
        };
        try
        {
            return new DirectoryInfo(path).EnumerateFiles("*" + extension, options)
                .Where(file => !file.Name.StartsWith('.'))
                .Select(file => new InputFile(file.Name, file.FullName, file.Length, () => OpenFile(file.FullName)))
                .ToList();
        }
        catch (UnauthorizedAccessException denied)
        {
            throw new InputException($"{path}: no permission to read all of it ({denied.Message}).", denied);
        }
    }

    static FileStream OpenFile(string path)
    {
        try
        {
            return new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, 1);
        }
        catch (UnauthorizedAccessException denied)
        {
            throw new InputException($"{path}: no permission to read it.", denied);
        }
    }

    static InputFiles OpenZip(string path, string extension)
    {
        var archive = ZipArchives.Open(path);
        try
        {
            // Names that begin with a dot are macOS's shadows of the real files.
            var entries = archive.Entries.Where(entry => entry.Name.EndsWith(extension, StringComparison.OrdinalIgnoreCase) && !entry.Name.StartsWith('.')).Take(MaxFiles + 1).ToList();
            if (entries.Count > MaxFiles)
                throw new InputException($"{path}: holds more than {MaxFiles} files of type {extension}; the archive is refused.");
            return new InputFiles(path, entries.Select(entry => new InputFile(entry.Name, $"{path}:{entry.FullName}", entry.Length, () => ZipArchives.Open(entry, path))), archive);
        }
        catch
        {
            archive.Dispose();
            throw;
        }
    }
}

/// <summary>One file of a source, in a folder or in a zip.</summary>
/// <param name="Name">File name with extension, without folder.</param>
/// <param name="Path">What error messages call it.</param>
/// <param name="Bytes">Its length, as the folder or the zip says.</param>
/// <param name="Open">Opens it for reading once, from its start.</param>
public sealed record InputFile(string Name, string Path, long Bytes, Func<Stream> Open);

/// <summary>Passes a file through and keeps its SHA-256, so that one reading serves both.</summary>
/// <param name="keepOpen">whoever is handed it may close it, and the rest is still read; <paramref name="inner"/> stays the caller's</param>
sealed class HashingStream(Stream inner, bool keepOpen = false) : ForwardStream
{
    readonly IncrementalHash _hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);

    public override bool CanRead => true;

    public override long Length => inner.Length;

    public override long Position
    {
        get => inner.Position;
        set => throw new NotSupportedException();
    }

    public override int Read(Span<byte> buffer)
    {
        var count = inner.Read(buffer);
        _hash.AppendData(buffer[..count]);
        return count;
    }

    /// <summary>Reads whatever is left, and gives the digest of the whole.</summary>
    public byte[] Finish()
    {
        Span<byte> rest = stackalloc byte[1 << 14];
        while (Read(rest) > 0)
        {
        }

        return _hash.GetHashAndReset();
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing && !keepOpen)
        {
            _hash.Dispose();
            inner.Dispose();
        }

        base.Dispose(disposing);
    }
}
