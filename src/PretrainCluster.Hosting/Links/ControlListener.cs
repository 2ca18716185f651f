using System.Net.Sockets;
using PretrainCluster.Core.Coordination.Messages;
using PretrainCluster.Hosting.Codecs;

namespace PretrainCluster.Hosting.Links;

/// <summary>Hears what happens on an agent's links. Calls come from the links' own threads, those of one link one at a time.</summary>
public interface IControlSink
{
    void Opened(ControlConnection link);

    void Received(ControlConnection link, Message message);

    void Closed(ControlConnection link);
}

/// <summary>The agent's end: listens on a Unix domain socket, lets in who knows the token, and reads each link on a thread of its own.</summary>
public sealed class ControlListener : IDisposable
{
    const int Backlog = 64, MostLinks = 1024;

    readonly AgentAddress _address;
    readonly string _token;
    readonly IReadOnlyList<IMessageCodec> _codecs;
    readonly IControlSink _sink;
    readonly Socket _socket = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
    readonly HashSet<ControlConnection> _links = [];
    readonly Lock _gate = new();
    readonly Thread _thread;
    int _threads;
    volatile bool _closing;

    /// <summary>Begins to listen in the place of whoever listened there before: the caller holds the folder's lock.</summary>
    /// <exception cref="IOException">The socket cannot be made.</exception>
    public ControlListener(AgentAddress address, IReadOnlyList<IMessageCodec> codecs, IControlSink sink)
    {
        (_address, _codecs, _sink) = (address, codecs, sink);
        _token = address.MakeToken();
        try
        {
            File.Delete(address.Socket);
            _socket.Bind(new UnixDomainSocketEndPoint(address.Socket));
            _socket.Listen(Backlog);
        }
        catch (SocketException failure)
        {
            _socket.Dispose();
            throw new IOException($"{address.Socket}: {failure.Message}", failure);
        }
        _thread = new Thread(Accept) { IsBackground = true, Name = "control listener" };
        _thread.Start();
    }

    public void Dispose()
    {
        _closing = true;
        // Waking the thread that accepts; disposing alone leaves it blocked on some kernels.
        try
        {
            _address.Connect().Dispose();
        }
        catch (SocketException)
        {
        }
        _socket.Dispose();
        _thread.Join();
        lock (_gate)
        {
            foreach (var link in _links)
                link.Dispose();
        }
        File.Delete(_address.Socket);
    }

    void Accept()
    {
        while (!_closing)
        {
            Socket peer;
            try
            {
                peer = _socket.Accept();
            }
            catch (Exception closed) when (closed is SocketException or ObjectDisposedException)
            {
                if (_closing)
                    return;
                // Out of descriptors for a moment: the peer tries again, and so does this.
                Thread.Sleep(10);
                continue;
            }
            if (_closing || Interlocked.Increment(ref _threads) > MostLinks)
            {
                Interlocked.Decrement(ref _threads);
                peer.Dispose();
                continue;
            }
            new Thread(() => Serve(peer)) { IsBackground = true, Name = "control link" }.Start();
        }
    }

    void Serve(Socket peer)
    {
        try
        {
            var (stream, greeting) = MessageStream.Accept(peer, _token, _codecs);
            using var link = new ControlConnection(stream, greeting);
            lock (_gate)
            {
                if (_closing)
                    return;
                _links.Add(link);
            }
            _sink.Opened(link);
            try
            {
                while (stream.Read() is { } message)
                    _sink.Received(link, message);
            }
            finally
            {
                lock (_gate)
                    _links.Remove(link);
                _sink.Closed(link);
            }
        }
        catch (Exception gone) when (gone is IOException or MessageFormatException)
        {
            // One peer's link ends; what it meant to say, it says again on the next.
        }
        finally
        {
            Interlocked.Decrement(ref _threads);
        }
    }
}
