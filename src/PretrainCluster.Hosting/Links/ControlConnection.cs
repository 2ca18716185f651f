using System.Threading.Channels;

namespace PretrainCluster.Hosting.Links;

/// <summary>
/// One link of an agent, or of a user with a cluster. Sending queues and returns at once; a peer that takes nothing is
/// cut off.
/// </summary>
public sealed class ControlConnection : IDisposable
{
    const int Room = 1024;

    readonly MessageStream _stream;
    readonly Channel<Message> _outgoing = Channel.CreateBounded<Message>(new BoundedChannelOptions(Room) { SingleReader = true });

    /// <param name="user">whose requests come this way</param>
    internal ControlConnection(MessageStream stream, Greeting greeting, User user)
    {
        (_stream, Greeting, User) = (stream, greeting, user);
        new Thread(SendQueued) { IsBackground = true, Name = "control link, out" }.Start();
    }

    public Greeting Greeting { get; }

    public User User { get; }

    public void Send(Message message)
    {
        if (!_outgoing.Writer.TryWrite(message))
            Dispose();
    }

    internal Message? Read() => _stream.Read();

    public void Dispose()
    {
        _outgoing.Writer.TryComplete();
        _stream.Dispose();
    }

    void SendQueued()
    {
        try
        {
            while (_outgoing.Reader.WaitToReadAsync().AsTask().GetAwaiter().GetResult())
            {
                while (_outgoing.Reader.TryRead(out var message))
                    _stream.Write(message);
            }
        }
        catch (Exception gone) when (gone is IOException or ObjectDisposedException)
        {
            _stream.Dispose();
        }
    }
}
