using System.Text;
using PretrainCluster.Core.Checksums;

namespace PretrainCluster.Core.Tests.Checksums;

public class Crc32CTests
{
    /// <summary>RFC 3720, appendix B.4, and the check value of the CRC catalogue.</summary>
    public static TheoryData<byte[], uint> Vectors => new()
    {
        { new byte[32], 0x8a9136aau },
        { Enumerable.Repeat((byte)0xff, 32).ToArray(), 0x62a8ab43u },
        { Enumerable.Range(0, 32).Select(i => (byte)i).ToArray(), 0x46dd794eu },
        { Enumerable.Range(0, 32).Select(i => (byte)(31 - i)).ToArray(), 0x113fdb5cu },
        { Encoding.ASCII.GetBytes("123456789"), 0xe3069283u },
        { [], 0u },
    };

    [Theory]
    [MemberData(nameof(Vectors))]
    public void Compute_PublishedVector_GivesPublishedChecksum(byte[] data, uint checksum) =>
        Assert.Equal(checksum, Crc32C.Compute(data));

    [Fact]
    public void Append_AnyLengthOffsetAndCut_IsTheBitwiseDefinition()
    {
        var bytes = new byte[400_000];
        new Random(1).NextBytes(bytes);
        foreach (var length in (int[])[1, 7, 8, 9, 100, 3071, 3072, 3073, 6143, 98_303, 98_304, 98_305, 101_400, 300_001])
        {
            foreach (var offset in (int[])[0, 1, 5])
            {
                var data = bytes.AsSpan(offset, length);
                var cut = length / 3;

                Assert.Equal(ByDefinition(data), Crc32C.Compute(data));
                Assert.Equal(ByDefinition(data), Crc32C.Append(Crc32C.Compute(data[..cut]), data[cut..]));
            }
        }
    }

    static uint ByDefinition(ReadOnlySpan<byte> data)
    {
        var crc = uint.MaxValue;
        foreach (var value in data)
        {
            crc ^= value;
            for (var bit = 0; bit < 8; bit++)
                crc = (crc >> 1) ^ (0x82f63b78u & (0u - (crc & 1)));
        }
        return ~crc;
    }
}
