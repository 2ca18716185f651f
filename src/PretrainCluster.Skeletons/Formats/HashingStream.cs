using System.Security.Cryptography;
using PretrainCluster.Artifacts.Files;

namespace PretrainCluster.Skeletons.Formats;

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
