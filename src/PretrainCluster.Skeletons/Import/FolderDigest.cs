using System.Security.Cryptography;
using System.Text;

namespace PretrainCluster.Skeletons.Import;

/// <summary>
/// One digest for many files: the SHA-256 of one line a file, "DIGEST  NAME", sorted by name, which is what
/// <c>sha256sum * | sha256sum</c> gives in that folder (in the C locale).
/// </summary>
sealed class FolderDigest(string name)
{
    readonly SortedDictionary<string, byte[]> _files = new(StringComparer.Ordinal);
    long _bytes;

    public void Add(string file, long bytes, byte[] sha256)
    {
        _files[file] = sha256;
        _bytes += bytes;
    }

    public SourceFile Result()
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (var (file, digest) in _files)
            hash.AppendData(Encoding.UTF8.GetBytes($"{Convert.ToHexStringLower(digest)}  {file}\n"));
        return new SourceFile(name, _bytes, Convert.ToHexStringLower(hash.GetHashAndReset()));
    }

    /// <summary>The same record for a single file.</summary>
    public static SourceFile OfFile(string path)
    {
        using var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, 1);
        return new SourceFile(Path.GetFileName(path), stream.Length, Convert.ToHexStringLower(SHA256.HashData(stream)));
    }
}
