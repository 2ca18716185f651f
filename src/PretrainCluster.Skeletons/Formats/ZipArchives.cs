using System.IO.Compression;

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
