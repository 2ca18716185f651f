using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace PretrainCluster.Core.Checksums;

/// <summary>
/// CRC-32C (Castagnoli, RFC 3720 appendix B.4), which TFRecord files and the frames of the data plane carry.
/// System.IO.Hashing 10 has CRC-32 with zip's polynomial only.
/// </summary>
/// <remarks>
/// The processor's instruction takes a word a cycle but gives its result three cycles later, so three blocks are computed side by side and then put together,
/// after Intel's "Fast CRC Computation for iSCSI Polynomial Using CRC32 Instruction". Processors without it get the base library's tables.
/// </remarks>
public static class Crc32C
{
    static readonly Stride s_long = new(4096);
    static readonly Stride s_short = new(128);

    public static uint Compute(ReadOnlySpan<byte> data) => Append(0, data);

    /// <summary>The checksum of what came before, continued over <paramref name="data"/>; start with 0.</summary>
    public static uint Append(uint checksum, ReadOnlySpan<byte> data)
    {
        var crc = ~checksum;
        crc = s_long.Append(crc, ref data);
        crc = s_short.Append(crc, ref data);
        foreach (var word in MemoryMarshal.Cast<byte, ulong>(data))
            crc = BitOperations.Crc32C(crc, word);
        foreach (var value in data[(data.Length & ~7)..])
            crc = BitOperations.Crc32C(crc, value);
        return ~crc;
    }

    /// <summary>The form in which TFRecord stores it, so that a checksum of data that holds checksums stays sound.</summary>
    public static uint Masked(ReadOnlySpan<byte> data) => BitOperations.RotateRight(Compute(data), 15) + 0xa282ead8u;

    /// <summary>Three blocks of <paramref name="words"/> * 8 bytes at a time.</summary>
    sealed class Stride(int words)
    {
        readonly uint[] _past = PastTable(words);

        public uint Append(uint crc, ref ReadOnlySpan<byte> data)
        {
            var block = words * sizeof(ulong);
            while (data.Length >= 3 * block)
            {
                ref var first = ref Unsafe.As<byte, ulong>(ref MemoryMarshal.GetReference(data));
                ref var second = ref Unsafe.Add(ref first, words);
                ref var third = ref Unsafe.Add(ref second, words);
                uint middle = 0, last = 0;
                for (var i = 0; i < words; i++)
                {
                    crc = BitOperations.Crc32C(crc, Unsafe.Add(ref first, i));
                    middle = BitOperations.Crc32C(middle, Unsafe.Add(ref second, i));
                    last = BitOperations.Crc32C(last, Unsafe.Add(ref third, i));
                }
                crc = Past(Past(crc) ^ middle) ^ last;
                data = data[(3 * block)..];
            }
            return crc;
        }

        /// <summary>What a checksum becomes by a block of zeros.</summary>
        uint Past(uint crc) => _past[crc & 0xff] ^ _past[256 + (crc >> 8 & 0xff)] ^ _past[512 + (crc >> 16 & 0xff)] ^ _past[768 + (crc >> 24)];

        /// <summary>By each byte of a checksum and each of its values. The map is linear over bits, so 32 of them give all.</summary>
        static uint[] PastTable(int words)
        {
            var table = new uint[4 * 256];
            for (var bit = 0; bit < 32; bit++)
            {
                var crc = 1u << bit;
                for (var i = 0; i < words; i++)
                    crc = BitOperations.Crc32C(crc, 0UL);
                for (var value = 0; value < 256; value++)
                {
                    if ((value >> bit % 8 & 1) == 1)
                        table[bit / 8 * 256 + value] ^= crc;
                }
            }
            return table;
        }
    }
}
