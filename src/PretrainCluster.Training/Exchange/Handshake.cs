using System.Security.Cryptography;

namespace PretrainCluster.Training.Exchange;

/// <summary>
/// The bytes of either side before the first frame: greeting (64), then refusal (1), nonce and proof of the listener (32 + 32), proof of the caller (32),
/// refusal of the listener (1; 0 means welcome). Blocks; who calls it bounds the time by disposing of the socket.
/// </summary>
static class Handshake
{
    const int ChallengeSize = 1 + Greeting.NonceSize + Greeting.ProofSize;

    /// <exception cref="IOException">The connection ended, or timed out.</exception>
    /// <exception cref="RefusedException">The peer is not who was expected, or does not take this one.</exception>
    public static void Call(Stream stream, Greeting greeting, byte[] secret)
    {
        var hello = greeting.Write();
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

    public static void Refuse(Stream stream, Refusal refusal)
    {
        var challenge = new byte[ChallengeSize];
        challenge[0] = (byte)refusal;
        stream.Write(challenge);
    }

    /// <returns>whether the caller knows the secret; it is then yet to be welcomed</returns>
    public static bool Challenge(Stream stream, byte[] greeting, byte[] secret)
    {
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
