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
