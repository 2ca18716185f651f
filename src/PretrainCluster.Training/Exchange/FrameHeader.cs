using System.Buffers.Binary;
using PretrainCluster.Core.Checksums;

namespace PretrainCluster.Training.Exchange;

/// <summary>What stands before each frame's payload; docs/exchange.md has it byte by byte.</summary>
/// <param name="Last">no frame of this kind follows in the operation</param>
/// <param name="Length">bytes of the payload</param>
/// <param name="Sequence">frames that the sender sent before on the connection</param>
/// <param name="Checksum">CRC-32C of the payload</param>
readonly record struct FrameHeader(FrameKind Kind, bool Last, int Length, ulong Sequence, uint Checksum)
{
    public const int Size = 24;

    /// <summary>The largest payload.</summary>
    public const int MaxLength = 1 << 20;

    public void Write(Span<byte> header)
    {
        header[0] = (byte)Kind;
        header[1] = Last ? (byte)1 : (byte)0;
        BinaryPrimitives.WriteUInt16LittleEndian(header[2..], 0);
        BinaryPrimitives.WriteInt32LittleEndian(header[4..], Length);
        BinaryPrimitives.WriteUInt64LittleEndian(header[8..], Sequence);
        BinaryPrimitives.WriteUInt32LittleEndian(header[16..], Checksum);
        BinaryPrimitives.WriteUInt32LittleEndian(header[20..], Crc32C.Compute(header[..20]));
    }

    /// <exception cref="InvalidDataException">It does not verify, or is not the frame that comes next.</exception>
    public static FrameHeader Read(ReadOnlySpan<byte> header, ulong sequence)
    {
        if (BinaryPrimitives.ReadUInt32LittleEndian(header[20..]) != Crc32C.Compute(header[..20]))
            throw new InvalidDataException("a frame's header does not match its checksum");
        var read = new FrameHeader((FrameKind)header[0], header[1] == 1, BinaryPrimitives.ReadInt32LittleEndian(header[4..]),
            BinaryPrimitives.ReadUInt64LittleEndian(header[8..]), BinaryPrimitives.ReadUInt32LittleEndian(header[16..]));
        if (header[1] > 1 || header[2] != 0 || header[3] != 0)
            throw new InvalidDataException("a frame's header has bits set that have no meaning");
        if (read.Length is < 0 or > MaxLength)
            throw new InvalidDataException($"a frame claims {read.Length} bytes; {MaxLength} is the most");
        if (read.Sequence != sequence)
            throw new InvalidDataException($"frame {read.Sequence} came where frame {sequence} was due");
        return read;
    }
}

/// <summary>What a frame carries. The numbers travel.</summary>
enum FrameKind : byte
{
    /// <summary>All-reduce: what the sender is about to send, and its subtrees' totals.</summary>
    Totals = 1,

    /// <summary>All-reduce: part of one of the sender's subtrees, in the receiver's slice.</summary>
    Part = 2,

    /// <summary>All-reduce: part of the finished sum, in the sender's slice.</summary>
    Finished = 3,

    /// <summary>All-gather.</summary>
    Gathered = 4,

    /// <summary>Transfer.</summary>
    Transferred = 5,

    /// <summary>Control: the exchange is broken; the rank at fault and the reason.</summary>
    Broken = 16,

    /// <summary>Control: the sender leaves in good order.</summary>
    Leaving = 17,
}

/// <summary>A frame that is ready to be sent.</summary>
/// <param name="Checksum">CRC-32C of the payload</param>
readonly record struct Frame(FrameKind Kind, bool Last, Block Payload, uint Checksum);

/// <summary>Memory that stays where it is while an operation runs.</summary>
readonly unsafe struct Block(byte* start, int length)
{
    public byte* Start => start;

    public int Length => length;

    public Span<byte> Bytes => new(start, length);

    public Span<float> Floats => new(start, length / sizeof(float));

    public Block Slice(int from, int count)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(from);
        ArgumentOutOfRangeException.ThrowIfNegative(count);
        ArgumentOutOfRangeException.ThrowIfGreaterThan((long)from + count, length);
        return new(start + from, count);
    }

    /// <summary>Of an array that was allocated pinned.</summary>
    public static Block Of(float[] pinned) => new((byte*)System.Runtime.InteropServices.Marshal.UnsafeAddrOfPinnedArrayElement(pinned, 0), checked(pinned.Length * sizeof(float)));

    /// <summary>Of an array that was allocated pinned.</summary>
    public static Block Of(byte[] pinned) => new((byte*)System.Runtime.InteropServices.Marshal.UnsafeAddrOfPinnedArrayElement(pinned, 0), pinned.Length);
}
