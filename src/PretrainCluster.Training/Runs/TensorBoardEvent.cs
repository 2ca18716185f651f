using System.Buffers.Binary;
using System.Text;

namespace PretrainCluster.Training.Runs;

/// <summary>
/// Encodes the two kinds of tensorflow.Event that scalars need (event.proto, summary.proto), written by hand:
/// the Protocol Buffers package cannot be restored on every registry that this project is built on.
/// </summary>
static class TensorBoardEvent
{
    const int Varint = 0, Fixed64 = 1, Bytes = 2, Fixed32 = 5;

    /// <summary>The first event of every file.</summary>
    public static byte[] Version(DateTimeOffset time)
    {
        using var message = new MemoryStream();
        PutTime(message, time);
        PutBytes(message, 3, "brain.Event:2"u8);
        return message.ToArray();
    }

    public static byte[] Scalars(DateTimeOffset time, long step, IEnumerable<(string Tag, double Value)> scalars)
    {
        using var summary = new MemoryStream();
        Span<byte> number = stackalloc byte[4];
        foreach (var (tag, scalar) in scalars)
        {
            using var value = new MemoryStream();
            PutBytes(value, 1, Encoding.UTF8.GetBytes(tag));
            PutKey(value, 2, Fixed32);
            BinaryPrimitives.WriteSingleLittleEndian(number, (float)scalar);
            value.Write(number);
            PutBytes(summary, 1, value.GetBuffer().AsSpan(0, (int)value.Length));
        }

        using var message = new MemoryStream();
        PutTime(message, time);
        PutKey(message, 2, Varint);
        PutVarint(message, (ulong)step);
        PutBytes(message, 5, summary.GetBuffer().AsSpan(0, (int)summary.Length));
        return message.ToArray();
    }

    static void PutTime(MemoryStream to, DateTimeOffset time)
    {
        PutKey(to, 1, Fixed64);
        Span<byte> seconds = stackalloc byte[8];
        BinaryPrimitives.WriteDoubleLittleEndian(seconds, (time - DateTimeOffset.UnixEpoch).TotalSeconds);
        to.Write(seconds);
    }

    static void PutBytes(MemoryStream to, int field, ReadOnlySpan<byte> value)
    {
        PutKey(to, field, Bytes);
        PutVarint(to, (ulong)value.Length);
        to.Write(value);
    }

    static void PutKey(MemoryStream to, int field, int wireType) => PutVarint(to, (ulong)(field << 3 | wireType));

    static void PutVarint(MemoryStream to, ulong value)
    {
        for (; value >= 0x80; value >>= 7)
            to.WriteByte((byte)(value | 0x80));
        to.WriteByte((byte)value);
    }
}
