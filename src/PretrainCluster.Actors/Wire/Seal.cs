using System.Buffers;
using System.Security.Cryptography;
using MessagePack;
using PretrainCluster.Core.Coordination.Messages;
using PretrainCluster.Hosting.Codecs;

namespace PretrainCluster.Actors.Wire;

/// <summary>
/// What one actor puts around the messages that it sends, and takes off those that it receives: the MessagePack array
/// <c>[1, from, to, session, counter, body, hmac]</c>. The body is the message as <see cref="MessagePackMessageCodec"/> writes it; the HMAC-SHA256 (RFC 2104)
/// is of all bytes before its element, with a key that follows from the cluster's secret. The session is random, of this object; the counter
/// counts what it has sent, so nothing is taken twice. docs/protocol.md has the details. Safe for several threads.
/// </summary>
/// <param name="self">what the others know this one as, e.g. 10.0.0.1:4053</param>
public sealed class Seal(ClusterSecret secret, string self)
{
    /// <summary>Of a whole sealed message: a plan, or the status of all runs and workers. Below the frame size of cluster/pretrain.conf.</summary>
    public const int MostBytes = (4 << 20) - (16 << 10);

    const int Version = 1, Elements = 7, MacBytes = 32, MacElementBytes = MacBytes + 2, MostName = 256;

    /// <summary>Beyond so many senders the one that was heard first is forgotten.</summary>
    const int MostSessions = 100_000;

    static readonly MessagePackMessageCodec s_codec = new();

    readonly ulong _session = BitConverter.ToUInt64(RandomNumberGenerator.GetBytes(8));
    readonly Dictionary<(string From, ulong Session), ReplayWindow> _heard = [];
    readonly Queue<(string From, ulong Session)> _order = new();
    readonly Lock _gate = new();
    ulong _sent;

    /// <summary>What the others know this one as.</summary>
    public string Self => self;

    /// <exception cref="SealException">It is longer than any message may be.</exception>
    public Sealed Close(Message message, string to)
    {
        var body = new ArrayBufferWriter<byte>();
        s_codec.Encode(message, body);
        var buffer = new ArrayBufferWriter<byte>(body.WrittenCount + 256);
        var writer = new MessagePackWriter(buffer);
        writer.WriteArrayHeader(Elements);
        writer.Write(Version);
        writer.Write(self);
        writer.Write(to);
        writer.Write(_session);
        writer.Write(Interlocked.Increment(ref _sent));
        writer.Write(body.WrittenSpan);
        writer.Flush();
        var mac = secret.Authenticate(buffer.WrittenSpan);
        writer = new MessagePackWriter(buffer);
        writer.Write(mac);
        writer.Flush();
        return buffer.WrittenCount <= MostBytes
            ? new Sealed(buffer.WrittenMemory)
            : throw new SealException($"a {message.GetType().Name} of {buffer.WrittenCount} bytes: {MostBytes} is the most that a message may have");
    }

    /// <param name="names">what this one is sent messages as</param>
    /// <exception cref="SealException">It is malformed, of another version, sealed with another secret, for somebody else, or was received before.</exception>
    public (Message Message, string From) Open(Sealed message, params ReadOnlySpan<string> names)
    {
        var (from, to, session, counter, body) = Read(message.Bytes);
        if (!names.Contains(to))
            throw new SealException($"it is for {to}");
        lock (_gate)
        {
            var known = _heard.TryGetValue((from, session), out var window);
            if (!window.Take(counter))
                throw new SealException("it was received before");
            _heard[(from, session)] = window;
            if (!known)
                _order.Enqueue((from, session));
            if (_order.Count > MostSessions)
                _heard.Remove(_order.Dequeue());
        }
        try
        {
            return (s_codec.Decode(body), from);
        }
        catch (MessageFormatException refused)
        {
            throw new SealException(refused.Message, refused);
        }
    }

    (string From, string To, ulong Session, ulong Counter, ReadOnlyMemory<byte> Body) Read(ReadOnlyMemory<byte> bytes)
    {
        try
        {
            if (bytes.Length is <= MacElementBytes or > MostBytes)
                throw new SealException($"{bytes.Length} bytes are no sealed message");
            var reader = new MessagePackReader(bytes);
            var (elements, version) = (reader.ReadArrayHeader(), reader.ReadInt32());
            if (version != Version || elements != Elements)
                throw new SealException($"its seal is of version {version}, this is {Version}: the nodes of a cluster must be of one version");
            var (from, to) = (Name(ref reader), Name(ref reader));
            var (session, counter) = (reader.ReadUInt64(), reader.ReadUInt64());
            var body = reader.ReadBytes() ?? default;
            var covered = bytes[..(int)reader.Consumed];
            var mac = reader.ReadBytes() ?? default;
            if (!reader.End || mac.Length != MacBytes || bytes.Length - covered.Length != MacElementBytes)
                throw new SealException("bytes that are no sealed message");
            if (!CryptographicOperations.FixedTimeEquals(mac.ToArray(), secret.Authenticate(covered.Span)))
                throw new SealException("it is sealed with another secret; all nodes of a cluster and its users have one (--secret)");
            return (from, to, session, counter, body.ToArray());
        }
        catch (Exception malformed) when (malformed is MessagePackSerializationException or EndOfStreamException or OverflowException or InvalidOperationException)
        {
            throw new SealException("bytes that are no sealed message", malformed);
        }
    }

    static string Name(ref MessagePackReader reader)
    {
        // Looked at before the string is made: a name is an address.
        var length = reader.CreatePeekReader().ReadStringSequence()?.Length ?? 0;
        return length is > 0 and <= MostName ? reader.ReadString()! : throw new SealException("bytes that are no sealed message");
    }
}
