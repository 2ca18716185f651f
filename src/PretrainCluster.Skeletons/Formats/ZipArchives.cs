using System.IO.Compression;
using System.IO.Hashing;
using PretrainCluster.Artifacts.Files;

namespace PretrainCluster.Skeletons.Formats;

/// <summary>Opens zips from outside: what is no zip, names files outside its own folder or needs a password is an <see cref="InputException"/>.</summary>
static class ZipArchives
{
    /// <summary>The densest deflate stream holds 1032 bytes in one; an archive that claims more lies about its sizes.</summary>
    const long MaxRatio = 1040;

    /// <summary>Skeleton data, padding included, shrinks to a tenth or so; a whole archive beyond this is a trap, unless it is small.</summary>
    const long MaxTotalRatio = 200;
    const long SmallTotal = 64 << 20;

    public static ZipArchive Open(string path)
    {
        var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, 1 << 16);
        try
        {
            var archive = new ZipArchive(file, ZipArchiveMode.Read, leaveOpen: false);
            foreach (var entry in archive.Entries)
                Check(entry, path);
            if (archive.Entries.Aggregate(UInt128.Zero, (sum, entry) => sum + (UInt128)entry.Length) is var total && total > SmallTotal && total / MaxTotalRatio > (UInt128)file.Length)
                throw new InputException($"{path}: would inflate from {file.Length} to {total} bytes, which skeleton data does not; the archive is refused.");
            return archive;
        }
        catch (Exception problem) when (problem is InvalidDataException or ArgumentException or OverflowException or EndOfStreamException)
        {
            file.Dispose();
            throw new InputException($"{path}: not a readable zip archive ({problem.Message}).", problem);
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    public static Stream Open(ZipArchiveEntry entry, string path)
    {
        try
        {
            return new ZipEntryStream(entry.Open(), $"{path}:{entry.FullName}", entry.Length, entry.Crc32);
        }
        catch (Exception problem) when (problem is InvalidDataException or NotSupportedException)
        {
            throw new InputException($"{path}:{entry.FullName}: cannot be read from the archive ({problem.Message}).", problem);
        }
    }

    static void Check(ZipArchiveEntry entry, string path)
    {
        var name = entry.FullName.Replace('\\', '/');
        if (name.StartsWith('/') || name.Contains(':') || name.Contains('\0') || name.Split('/').Contains(".."))
            throw new InputException($"{path}: entry '{entry.FullName}' points outside the archive's own folder; the archive is refused.");
        if (entry.IsEncrypted)
            throw new InputException($"{path}: entry '{entry.FullName}' is encrypted; unpack the archive first.");
        if (entry.Length / MaxRatio > entry.CompressedLength)
            throw new InputException($"{path}: entry '{entry.FullName}' claims to inflate from {entry.CompressedLength} to {entry.Length} bytes, which no zip can; the archive is refused.");
    }
}

/// <summary>
/// An entry of a zip, forward only: it ends where the archive says it ends, whatever the compressed bytes inflate to,
/// and its checksum is compared there. <see cref="InputException"/> for either lie.
/// </summary>
sealed class ZipEntryStream(Stream inflated, string source, long length, uint checksum) : ForwardStream
{
    readonly Crc32 _crc = new();
    long _position;
    bool _ended;

    public override bool CanRead => true;

    public override long Length => length;

    public override long Position
    {
        get => _position;
        set => throw new NotSupportedException();
    }

    public override int Read(Span<byte> buffer)
    {
        if (buffer.IsEmpty || _ended)
            return 0;

        var count = ReadInflated(buffer);
        _position += count;
        if (_position > length)
            throw new InputException($"{source}: inflates to more than the {length} bytes that its archive announces; the archive is refused.");

        _crc.Append(buffer[..count]);
        if (count == 0)
            End();
        return count;
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
            inflated.Dispose();
        base.Dispose(disposing);
    }

    int ReadInflated(Span<byte> buffer)
    {
        try
        {
            return inflated.Read(buffer);
        }
        catch (InvalidDataException problem)
        {
            throw new InputException($"{source}: the compressed data is damaged ({problem.Message}).", problem);
        }
    }

    void End()
    {
        _ended = true;
        if (_position < length)
            throw new InputException($"{source}: ends after {_position} bytes where its archive announces {length}; the archive is truncated.");
        if (_crc.GetCurrentHashAsUInt32() != checksum)
            throw new InputException($"{source}: its checksum does not match; the archive is damaged.");
    }
}
