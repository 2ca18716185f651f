using System.Buffers.Binary;

namespace PretrainCluster.Training.Gang;

/// <summary>What members tell each other before they train: how far they are, and what they are at.</summary>
/// <param name="Step">steps applied; -1 where there is no state</param>
/// <param name="Stage">whose state it is, from 0; right after a stage's last step it may be that stage's or the next one's</param>
/// <param name="Seconds">of training until there</param>
/// <param name="Plan">digest, hexadecimal</param>
/// <param name="Dataset">digest, hexadecimal</param>
sealed record Standing(long Step, int Stage, double Seconds, string Plan, string Dataset)
{
    const int Digest = 32;

    public const int Length = 20 + 2 * Digest;

    public byte[] ToBytes()
    {
        var bytes = new byte[Length];
        BinaryPrimitives.WriteInt64LittleEndian(bytes, Step);
        BinaryPrimitives.WriteDoubleLittleEndian(bytes.AsSpan(8), Seconds);
        BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(16), Stage);
        Convert.FromHexString(Plan).CopyTo(bytes, 20);
        Convert.FromHexString(Dataset).CopyTo(bytes, 20 + Digest);
        return bytes;
    }

    public static Standing Read(byte[] bytes) => new(
        BinaryPrimitives.ReadInt64LittleEndian(bytes),
        BinaryPrimitives.ReadInt32LittleEndian(bytes.AsSpan(16)),
        BinaryPrimitives.ReadDoubleLittleEndian(bytes.AsSpan(8)),
        Convert.ToHexStringLower(bytes.AsSpan(20, Digest)),
        Convert.ToHexStringLower(bytes.AsSpan(20 + Digest, Digest)));
}
