using System.Buffers;
using System.Buffers.Binary;

namespace PretrainCluster.Hosting.Links;

/// <summary>
/// Frames on a stream: a length of 4 bytes, little-endian, then that many bytes. A length beyond the bound is refused before anything is allocated.
/// There is no checksum: both ends are on one machine, or TLS is between them.
/// </summary>
/// <remarks>One thread may read while another writes.</remarks>
public sealed class FrameStream(Stream stream, int maxBytes = FrameStream.MaxMessageBytes) : IDisposable
{
    /// <summary>A plan as YAML is the largest thing that a message holds.</summary>
    public const int MaxMessageBytes = 4 << 20;

    const int LengthBytes = 4;

    byte[] _buffer = new byte[4096];

    /// <summary>Writes one frame with one write.</summary>
    /// <exception cref="IOException">The other end is gone.</exception>
    public void Write(ReadOnlySpan<byte> frame)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(frame.Length, maxBytes);
        var whole = ArrayPool<byte>.Shared.Rent(LengthBytes + frame.Length);
        try
        {
            BinaryPrimitives.WriteInt32LittleEndian(whole, frame.Length);
            frame.CopyTo(whole.AsSpan(LengthBytes));
            stream.Write(whole, 0, LengthBytes + frame.Length);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(whole);
        }
    }

    /// <summary>The next frame, valid until the next call; null at the end of the stream.</summary>
    /// <exception cref="EndOfStreamException">The stream ends within a frame.</exception>
    /// <exception cref="InvalidDataException">A length beyond the bound: whoever wrote it does not speak this protocol.</exception>
    public ReadOnlyMemory<byte>? Read()
    {
        var header = stream.ReadAtLeast(_buffer.AsSpan(0, LengthBytes), LengthBytes, throwOnEndOfStream: false);
        if (header == 0)
            return null;
        if (header < LengthBytes)
            throw new EndOfStreamException("the stream ends within a frame's length");
        var length = BinaryPrimitives.ReadInt32LittleEndian(_buffer);
        if (length < 0 || length > maxBytes)
            throw new InvalidDataException($"a frame of {(uint)length} bytes, at most {maxBytes} are expected");
        if (_buffer.Length < length)
            _buffer = new byte[Math.Min(maxBytes, Math.Max(length, 2 * _buffer.Length))];
        stream.ReadExactly(_buffer, 0, length);
        return _buffer.AsMemory(0, length);
    }

    public void Dispose() => stream.Dispose();
}
