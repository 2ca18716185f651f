using System.Buffers.Binary;
using System.Numerics;

namespace PretrainCluster.Core.Checksums;

/// <summary>
/// CRC-32C (Castagnoli, RFC 3720 appendix B.4), which TFRecord files and the frames of the data plane carry.
/// It stands on the base library alone: System.IO.Hashing cannot be restored on every registry that this project is built on.
/// </summary>
public static class Crc32C
{
    public static uint Compute(ReadOnlySpan<byte> data) => Append(0, data);

    /// <summary>The checksum of what came before, continued over <paramref name="data"/>; start with 0.</summary>
    public static uint Append(uint checksum, ReadOnlySpan<byte> data)
    {
        var crc = ~checksum;
        for (; data.Length >= 8; data = data[8..])
            crc = BitOperations.Crc32C(crc, BinaryPrimitives.ReadUInt64LittleEndian(data));
        foreach (var value in data)
            crc = BitOperations.Crc32C(crc, value);
        return ~crc;
    }

    /// <summary>The form in which TFRecord stores it, so that a checksum of data that holds checksums stays sound.</summary>
    public static uint Masked(ReadOnlySpan<byte> data) => BitOperations.RotateRight(Compute(data), 15) + 0xa282ead8u;
}
