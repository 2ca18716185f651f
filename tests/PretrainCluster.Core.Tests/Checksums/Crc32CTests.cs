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
}
