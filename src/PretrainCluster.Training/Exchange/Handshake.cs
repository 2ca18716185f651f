using System.Buffers.Binary;
using System.Security.Cryptography;

namespace PretrainCluster.Training.Exchange;

/// <summary>
/// The bytes of either side before the first frame: greeting (64), then refusal (1), nonce and proof of the listener
/// (32 + 32), proof of the caller (32), refusal of the listener (1; 0 means welcome). Where TLS has told both who the
/// other is, the greeting itself ends with the caller's proof, and only the refusal follows. Blocks; who calls it
/// bounds the time by disposing of the socket.
/// </summary>
static class Handshake
{
    const int ChallengeSize = 1 + Greeting.NonceSize + Greeting.ProofSize;

    /// <exception cref="IOException">The connection ended, or timed out.</exception>
    /// <exception cref="RefusedException">The peer is not who was expected, or does not take this one.</exception>
    public static void Call(Connection connection, Greeting greeting, byte[] secret)
    {
        var (stream, hello) = (connection.Stream, greeting.Write());
        if (connection.IsEncrypted)
        {
            Greeting.Proof(secret, 'C', hello.AsSpan(0, Greeting.Size - Greeting.ProofSize), [])
                .CopyTo(hello.AsSpan(Greeting.Size - Greeting.ProofSize));
            stream.Write(hello);
            ThrowIfRefused((byte)stream.ReadByte());
            return;
        }
        stream.Write(hello);
        var challenge = new byte[ChallengeSize];
        stream.ReadExactly(challenge);
        ThrowIfRefused(challenge[0]);
        var nonce = challenge.AsSpan(1, Greeting.NonceSize);
        if (!CryptographicOperations.FixedTimeEquals(Greeting.Proof(secret, 'L', hello, nonce), challenge.AsSpan(1 + Greeting.NonceSize)))
            throw new RefusedException(Refusal.Secret, "it does not know the generation's secret");
        stream.Write(Greeting.Proof(secret, 'C', hello, nonce));
        ThrowIfRefused((byte)stream.ReadByte());
    }

    public static (byte[] Bytes, Greeting Greeting, Refusal Refusal) ReadGreeting(Stream stream)
    {
        var bytes = new byte[Greeting.Size];
        stream.ReadExactly(bytes);
        var greeting = Greeting.Read(bytes, out var refusal);
        return (bytes, greeting, refusal);
    }

    public static void Refuse(Connection connection, Refusal refusal)
    {
        var challenge = new byte[connection.IsEncrypted ? 1 : ChallengeSize];
        challenge[0] = (byte)refusal;
        connection.Stream.Write(challenge);
    }

    /// <returns>whether the caller knows the secret; it is then yet to be welcomed</returns>
    public static bool Challenge(Connection connection, byte[] greeting, byte[] secret)
    {
        var stream = connection.Stream;
        if (connection.IsEncrypted)
        {
            const int Said = Greeting.Size - Greeting.ProofSize;
            if (CryptographicOperations.FixedTimeEquals(
                Greeting.Proof(secret, 'C', greeting.AsSpan(0, Said), []), greeting.AsSpan(Said)))
                return true;
            stream.WriteByte((byte)Refusal.Secret);
            return false;
        }
        var challenge = new byte[ChallengeSize];
        var nonce = challenge.AsSpan(1, Greeting.NonceSize);
        RandomNumberGenerator.Fill(nonce);
        Greeting.Proof(secret, 'L', greeting, nonce).CopyTo(challenge, 1 + Greeting.NonceSize);
        stream.Write(challenge);
        var proof = new byte[Greeting.ProofSize];
        stream.ReadExactly(proof);
        if (CryptographicOperations.FixedTimeEquals(Greeting.Proof(secret, 'C', greeting, nonce), proof))
            return true;
        stream.WriteByte((byte)Refusal.Secret);
        return false;
    }

    public static void Welcome(Stream stream) => stream.WriteByte((byte)Refusal.None);

    static void ThrowIfRefused(byte refusal)
    {
        if (refusal == byte.MaxValue)
            throw new EndOfStreamException();
        if (refusal != (byte)Refusal.None)
        {
            throw new RefusedException((Refusal)refusal, (Refusal)refusal switch
            {
                Refusal.Version => "it speaks another version of the data plane's protocol",
                Refusal.Superseded => "it has gone on to another generation",
                Refusal.Membership => "it has another rank or world size in this generation",
                Refusal.Secret => "it does not accept this member's proof of the generation's secret",
                _ => $"it refused with code {refusal}",
            });
        }
    }
}

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

/// <summary>What a connection is for. The numbers travel.</summary>
enum Channel : byte
{
    Data = 0,
    Control = 1,
}

/// <summary>Why a listener does not take a connection. The numbers travel.</summary>
enum Refusal : byte
{
    None = 0,

    /// <summary>It speaks another version of the protocol.</summary>
    Version = 1,

    /// <summary>The generation has ended, or its members are connected already.</summary>
    Superseded = 2,

    /// <summary>Rank or world size is not what the generation has here.</summary>
    Membership = 3,

    /// <summary>It does not know the generation's secret.</summary>
    Secret = 4,
}

/// <summary>A peer will not have this connection, and trying again would not help.</summary>
sealed class RefusedException(Refusal refusal, string reason) : Exception(reason)
{
    public Refusal Refusal { get; } = refusal;
}

/// <summary>The authenticated connections to one peer.</summary>
sealed record PeerConnection(int Peer, Connection Data, Connection Control);
