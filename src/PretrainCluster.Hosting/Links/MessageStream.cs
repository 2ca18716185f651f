using System.Buffers;
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
