using System.Buffers.Binary;
using System.Security.Cryptography;

namespace PretrainCluster.Training.Exchange;

/// <summary>
/// The first bytes of a connection, from the higher rank to the lower one. Each side then proves that it knows the generation's secret: HMAC-SHA256 over
/// its role, the greeting (which ends with the caller's nonce) and the listener's nonce.
/// </summary>
/// <param name="From">the caller's rank</param>
/// <param name="To">the rank it expects to reach</param>
readonly record struct Greeting(Channel Channel, long Generation, int From, int To, int WorldSize)
{
    public const int Size = 64;

    public const int NonceSize = 32;

    public const int ProofSize = 32;

    const ushort ProtocolVersion = 1;

    static ReadOnlySpan<byte> Magic => "PTCX"u8;

    public byte[] Write()
    {
        var bytes = new byte[Size];
        Magic.CopyTo(bytes);
        BinaryPrimitives.WriteUInt16LittleEndian(bytes.AsSpan(4), ProtocolVersion);
        bytes[6] = (byte)Channel;
        BinaryPrimitives.WriteInt64LittleEndian(bytes.AsSpan(8), Generation);
        BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(16), From);
        BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(20), To);
        BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(24), WorldSize);
        RandomNumberGenerator.Fill(bytes.AsSpan(Size - NonceSize));
        return bytes;
    }

    /// <exception cref="InvalidDataException">These are not the first bytes of this protocol.</exception>
    public static Greeting Read(ReadOnlySpan<byte> bytes, out Refusal refusal)
    {
        if (!bytes[..4].SequenceEqual(Magic))
            throw new InvalidDataException("not a greeting");
        refusal = BinaryPrimitives.ReadUInt16LittleEndian(bytes[4..]) == ProtocolVersion && bytes[6] <= (byte)Channel.Control ? Refusal.None : Refusal.Version;
        return new((Channel)bytes[6], BinaryPrimitives.ReadInt64LittleEndian(bytes[8..]), BinaryPrimitives.ReadInt32LittleEndian(bytes[16..]),
            BinaryPrimitives.ReadInt32LittleEndian(bytes[20..]), BinaryPrimitives.ReadInt32LittleEndian(bytes[24..]));
    }

    /// <param name="role">so that neither side's proof passes for the other's</param>
    public static byte[] Proof(ReadOnlySpan<byte> secret, char role, ReadOnlySpan<byte> greeting, ReadOnlySpan<byte> listenerNonce) =>
        HMACSHA256.HashData(secret, [(byte)role, .. greeting, .. listenerNonce]);
}
