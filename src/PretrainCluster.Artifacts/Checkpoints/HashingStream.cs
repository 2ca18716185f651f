using System.Security.Cryptography;

namespace PretrainCluster.Artifacts.Checkpoints;

/// <summary>Takes length and SHA-256 of what is written, on its way to another stream or to nowhere.</summary>
sealed class HashingStream(Stream? target) : ForwardStream
{
    readonly IncrementalHash _hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
    long _length;

    /// <summary>Length and lower-case hex of what was written; ends the stream's use.</summary>
    public (long Length, string Sha256) Finish() => (_length, Convert.ToHexStringLower(_hash.GetHashAndReset()));

    public override void Write(ReadOnlySpan<byte> buffer)
    {
        _hash.AppendData(buffer);
        _length += buffer.Length;
        target?.Write(buffer);
    }

    public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        _hash.AppendData(buffer.Span);
        _length += buffer.Length;
        return target?.WriteAsync(buffer, cancellationToken) ?? ValueTask.CompletedTask;
    }

    public override void Flush() => target?.Flush();

    public override bool CanWrite => true;

    protected override void Dispose(bool disposing)
    {
        if (disposing)
            _hash.Dispose();
        base.Dispose(disposing);
    }
}
