using System.Security.Cryptography;

namespace PretrainCluster.Skeletons.Datasets;

/// <summary>SHA-256 of a file in constant memory.</summary>
static class FileDigest
{
    /// <returns>Lower-case hex.</returns>
    public static string Of(string path, CancellationToken cancellation = default)
    {
        using var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, 1);
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var buffer = new byte[1 << 20];
        while (stream.Read(buffer) is > 0 and var count)
        {
            cancellation.ThrowIfCancellationRequested();
            hash.AppendData(buffer, 0, count);
        }
        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }
}
