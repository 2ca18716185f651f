using System.Buffers.Binary;
using System.IO.Compression;

namespace PretrainCluster.Skeletons.Tests.Formats;

/// <summary>Zips for tests, sound and forged.</summary>
static class TestZip
{
    public static string Write(string path, CompressionLevel level, params (string Name, byte[] Content)[] entries)
    {
        using var archive = new ZipArchive(File.Create(path), ZipArchiveMode.Create);
        foreach (var (name, content) in entries)
        {
            using var stream = archive.CreateEntry(name, level).Open();
            stream.Write(content);
        }

        return path;
    }

    /// <summary>Changes the inflated length of every entry, in the directory and before the data.</summary>
    public static void ClaimLength(string path, uint length)
    {
        var bytes = File.ReadAllBytes(path);
        ForEach(bytes, "PK\x01\x02"u8, header => BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(header + 24), length));
        ForEach(bytes, "PK\x03\x04"u8, header => BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(header + 22), length));
        File.WriteAllBytes(path, bytes);
    }

    public static void Flip(string path, int position)
    {
        var bytes = File.ReadAllBytes(path);
        bytes[position] ^= 1;
        File.WriteAllBytes(path, bytes);
    }

    static void ForEach(byte[] bytes, ReadOnlySpan<byte> mark, Action<int> change)
    {
        for (var i = 0; i + mark.Length < bytes.Length; i++)
            if (bytes.AsSpan(i).StartsWith(mark))
                change(i);
    }
}
