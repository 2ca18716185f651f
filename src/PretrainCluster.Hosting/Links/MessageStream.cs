using System.Buffers;
using System.Buffers.Binary;
using System.Net.Sockets;

namespace PretrainCluster.Hosting.Links;

/// <summary>
/// Messages on a connected socket, after both ends have greeted each other; MessagePack, in frames. One thread may read
/// while another writes.
/// </summary>
public sealed class MessageStream : IDisposable
{
    static readonly TimeSpan s_greetingPatience = TimeSpan.FromSeconds(5);

    /// <summary>A peer that takes nothing for so long has been stopped.</summary>
    static readonly TimeSpan s_writePatience = TimeSpan.FromSeconds(10);

    readonly Socket _socket;
    readonly FrameStream _frames;
    readonly ArrayBufferWriter<byte> _outgoing = new();

    MessageStream(Socket socket, FrameStream frames) => (_socket, _frames) = (socket, frames);

    /// <summary>Greets an agent of this machine.</summary>
    /// <exception cref="IOException">It is not there, or does not answer.</exception>
    /// <exception cref="MessageFormatException">It refuses, with its reason.</exception>
    public static MessageStream Open(AgentAddress address, Func<string, Greeting> greeting)
    {
        Socket socket;
        try
        {
            socket = address.Connect();
        }
        catch (SocketException absent)
        {
            throw new IOException($"{address.Socket}: {absent.Message}", absent);
        }
        return Open(socket, plain => plain, () => greeting(address.ReadToken()));
    }

    /// <summary>Greets whoever is at the other end of a socket.</summary>
    /// <param name="encrypt">makes of the socket's stream the one on which messages travel</param>
    /// <exception cref="IOException">The peer does not answer.</exception>
    /// <exception cref="MessageFormatException">It refuses, with its reason.</exception>
    public static MessageStream Open(Socket socket, Func<NetworkStream, Stream> encrypt, Func<Greeting> greeting) =>
        Guarded(socket, encrypt, frames =>
    {
        frames.Write(greeting().Bytes());
        var answer = frames.Read() ?? throw new EndOfStreamException("the other end shut the link");
        if (Welcome.Read(answer.Span).Refused is { } reason)
            throw new MessageFormatException(reason);
    });

    /// <summary>Reads a greeting and answers it.</summary>
    /// <param name="encrypt">makes of the socket's stream the one on which messages travel</param>
    /// <param name="whyNot">the reason to refuse a peer that speaks this protocol; null to take it</param>
    /// <exception cref="MessageFormatException">The peer was refused and told why.</exception>
    /// <exception cref="IOException">The peer is gone, or said nothing in time.</exception>
    public static (MessageStream Stream, Greeting Greeting) Accept(
        Socket socket, Func<NetworkStream, Stream> encrypt, Func<Greeting, string?> whyNot)
    {
        Greeting? greeting = null;
        var stream = Guarded(socket, encrypt, frames =>
        {
            greeting = Greeting.Read((frames.Read() ?? throw new EndOfStreamException("the peer shut the link")).Span);
            var refusal = greeting.Protocol == MessageKinds.Protocol ? whyNot(greeting)
                : $"the host speaks protocol {MessageKinds.Protocol}, you speak {greeting.Protocol}: both must be of "
                    + "one version of pretrain";
            frames.Write(new Welcome(refusal).Bytes());
            if (refusal is not null)
                throw new MessageFormatException($"a peer was refused: {refusal}");
        });
        return (stream, greeting!);
    }

    /// <exception cref="IOException">The peer is gone.</exception>
    public void Write(Message message)
    {
        _outgoing.ResetWrittenCount();
        MessageCodec.Encode(message, _outgoing);
        _frames.Write(_outgoing.WrittenSpan);
    }

    /// <summary>The next message; null once the peer has shut the link.</summary>
    /// <exception cref="IOException">The peer is gone.</exception>
    /// <exception cref="MessageFormatException">It sent what is no message.</exception>
    public Message? Read()
    {
        try
        {
            return _frames.Read() is { } frame ? MessageCodec.Decode(frame) : null;
        }
        catch (InvalidDataException foreign)
        {
            throw new MessageFormatException(foreign.Message, foreign);
        }
        catch (InvalidOperationException)
        {
            // This end shut the link while it read.
            return null;
        }
    }

    /// <summary>Ends the link; a thread that reads or writes returns.</summary>
    public void Dispose()
    {
        try
        {
            _socket.Shutdown(SocketShutdown.Both);
        }
        catch (Exception gone) when (gone is SocketException or ObjectDisposedException)
        {
            // The peer was faster.
        }
        _frames.Dispose();
        _socket.Dispose();
    }

    static MessageStream Guarded(Socket socket, Func<NetworkStream, Stream> encrypt, Action<FrameStream> greet)
    {
        try
        {
            // Who answers, but too slowly, is cut off too: each holds a thread.
            using var limit = new Timer(_ => socket.Dispose(), null, 2 * s_greetingPatience, Timeout.InfiniteTimeSpan);
            var network = new NetworkStream(socket, ownsSocket: true);
            (socket.ReceiveTimeout, socket.SendTimeout) = ((int)s_greetingPatience.TotalMilliseconds, (int)s_writePatience.TotalMilliseconds);
            var stream = encrypt(network);
            greet(new FrameStream(stream, Greeting.MaxBytes));
            socket.ReceiveTimeout = 0;
            return new MessageStream(socket, new FrameStream(stream));
        }
        catch (InvalidDataException foreign)
        {
            socket.Dispose();
            throw new MessageFormatException(foreign.Message, foreign);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }
}

/// <summary>
/// Frames on a stream: a length of 4 bytes, little-endian, then that many bytes. A length beyond the bound is refused before anything is allocated.
/// There is no checksum: both ends are on one machine, or TLS is between them.
/// </summary>
/// <remarks>One thread may read while another writes.</remarks>
public sealed class FrameStream(Stream stream, int maxBytes = FrameStream.MaxMessageBytes) : IDisposable
{
    /// <summary>A plan as YAML is the largest thing that a message holds.</summary>
    public const int MaxMessageBytes = 4 << 20;

    const int LengthBytes = 4;

    byte[] _buffer = new byte[4096];

    /// <summary>Writes one frame with one write.</summary>
    /// <exception cref="IOException">The other end is gone.</exception>
    public void Write(ReadOnlySpan<byte> frame)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(frame.Length, maxBytes);
        var whole = ArrayPool<byte>.Shared.Rent(LengthBytes + frame.Length);
        try
        {
            BinaryPrimitives.WriteInt32LittleEndian(whole, frame.Length);
            frame.CopyTo(whole.AsSpan(LengthBytes));
            stream.Write(whole, 0, LengthBytes + frame.Length);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(whole);
        }
    }

    /// <summary>The next frame, valid until the next call; null at the end of the stream.</summary>
    /// <exception cref="EndOfStreamException">The stream ends within a frame.</exception>
    /// <exception cref="InvalidDataException">A length beyond the bound: whoever wrote it does not speak this protocol.</exception>
    public ReadOnlyMemory<byte>? Read()
    {
        var header = stream.ReadAtLeast(_buffer.AsSpan(0, LengthBytes), LengthBytes, throwOnEndOfStream: false);
        if (header == 0)
            return null;
        if (header < LengthBytes)
            throw new EndOfStreamException("the stream ends within a frame's length");
        var length = BinaryPrimitives.ReadInt32LittleEndian(_buffer);
        if (length < 0 || length > maxBytes)
            throw new InvalidDataException($"a frame of {(uint)length} bytes, at most {maxBytes} are expected");
        if (_buffer.Length < length)
            _buffer = new byte[Math.Min(maxBytes, Math.Max(length, 2 * _buffer.Length))];
        stream.ReadExactly(_buffer, 0, length);
        return _buffer.AsMemory(0, length);
    }

    public void Dispose() => stream.Dispose();
}
