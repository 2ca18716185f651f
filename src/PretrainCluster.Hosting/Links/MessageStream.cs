using System.Buffers;
using System.Net.Sockets;
using PretrainCluster.Core.Coordination.Messages;
using PretrainCluster.Hosting.Codecs;

namespace PretrainCluster.Hosting.Links;

/// <summary>Messages on a connected socket, after both ends have greeted each other. One thread may read while another writes.</summary>
public sealed class MessageStream : IDisposable
{
    static readonly TimeSpan s_greetingPatience = TimeSpan.FromSeconds(5);

    /// <summary>A peer that takes nothing for so long has been stopped.</summary>
    static readonly TimeSpan s_writePatience = TimeSpan.FromSeconds(10);

    readonly Socket _socket;
    readonly FrameStream _frames;
    readonly IMessageCodec _codec;
    readonly ArrayBufferWriter<byte> _outgoing = new();

    MessageStream(Socket socket, FrameStream frames, IMessageCodec codec) => (_socket, _frames, _codec) = (socket, frames, codec);

    /// <summary>Greets an agent.</summary>
    /// <exception cref="IOException">It is not there, or does not answer.</exception>
    /// <exception cref="MessageFormatException">It refuses, with its reason.</exception>
    public static MessageStream Open(AgentAddress address, Func<string, Greeting> greeting, IMessageCodec codec)
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
        return Guarded(socket, frames =>
        {
            frames.Write(greeting(address.ReadToken()).Bytes());
            var answer = frames.Read() ?? throw new EndOfStreamException("the agent shut the link");
            if (Welcome.Read(answer.Span).Refused is { } reason)
                throw new MessageFormatException(reason);
            return codec;
        });
    }

    /// <summary>Reads a greeting and answers it.</summary>
    /// <exception cref="MessageFormatException">The peer was refused and told why.</exception>
    /// <exception cref="IOException">The peer is gone, or said nothing in time.</exception>
    public static (MessageStream Stream, Greeting Greeting) Accept(Socket socket, string token, IReadOnlyList<IMessageCodec> codecs)
    {
        Greeting? greeting = null;
        var stream = Guarded(socket, frames =>
        {
            greeting = Greeting.Read((frames.Read() ?? throw new EndOfStreamException("the peer shut the link")).Span);
            var codec = codecs.FirstOrDefault(c => c.Name == greeting.Codec);
            var refusal = greeting.Protocol != MessageKinds.Protocol ? $"the host speaks protocol {MessageKinds.Protocol}, you speak {greeting.Protocol}: both must be of one version of pretrain"
                : !Tokens.Equal(greeting.Token, token) ? "the token is not this run's"
                : codec is null ? $"the host does not know the codec \"{greeting.Codec}\""
                : null;
            frames.Write(new Welcome(refusal).Bytes());
            return refusal is null ? codec! : throw new MessageFormatException($"a peer was refused: {refusal}");
        });
        return (stream, greeting!);
    }

    /// <exception cref="IOException">The peer is gone.</exception>
    public void Write(Message message)
    {
        _outgoing.ResetWrittenCount();
        _codec.Encode(message, _outgoing);
        _frames.Write(_outgoing.WrittenSpan);
    }

    /// <summary>The next message; null once the peer has shut the link.</summary>
    /// <exception cref="IOException">The peer is gone.</exception>
    /// <exception cref="MessageFormatException">It sent what is no message.</exception>
    public Message? Read()
    {
        try
        {
            return _frames.Read() is { } frame ? _codec.Decode(frame) : null;
        }
        catch (InvalidDataException foreign)
        {
            throw new MessageFormatException(foreign.Message, foreign);
        }
        catch (ObjectDisposedException)
        {
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
    }

    static MessageStream Guarded(Socket socket, Func<FrameStream, IMessageCodec> greet)
    {
        try
        {
            var network = new NetworkStream(socket, ownsSocket: true);
            (socket.ReceiveTimeout, socket.SendTimeout) = ((int)s_greetingPatience.TotalMilliseconds, (int)s_writePatience.TotalMilliseconds);
            var codec = greet(new FrameStream(network, Greeting.MaxBytes));
            socket.ReceiveTimeout = 0;
            return new MessageStream(socket, new FrameStream(network), codec);
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
