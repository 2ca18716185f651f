using System.Net;
using System.Net.Sockets;
using System.Security.Authentication;
using PretrainCluster.Training.Certificates;

namespace PretrainCluster.Hosting.Links;

/// <summary>
/// Hears what happens on the links of a listener. Calls come from the links' own threads, those of one link one at a
/// time.
/// </summary>
public interface IControlSink
{
    void Opened(ControlConnection link);

    void Received(ControlConnection link, Message message);

    void Closed(ControlConnection link);
}

/// <summary>Listens, lets in who proves to be entitled to it, and reads each link on a thread of its own.</summary>
public sealed class ControlListener : IDisposable
{
    const int Backlog = 64, MostLinks = 1024, MostName = 128;

    readonly Socket _socket;
    readonly Func<Socket, ControlConnection> _admit;
    readonly IControlSink _sink;
    readonly HashSet<ControlConnection> _links = [];
    readonly Lock _gate = new();
    readonly Thread _thread;
    int _threads;
    volatile bool _closing;

    ControlListener(Socket socket, EndPoint at, Func<Socket, ControlConnection> admit, IControlSink sink)
    {
        (_socket, _admit, _sink) = (socket, admit, sink);
        try
        {
            _socket.Bind(at);
            _socket.Listen(Backlog);
        }
        catch (SocketException failure)
        {
            _socket.Dispose();
            throw new IOException($"{at}: {failure.Message}", failure);
        }
        _thread = new Thread(Accept) { IsBackground = true, Name = "control listener" };
        _thread.Start();
    }

    /// <summary>
    /// An agent's: on a Unix domain socket, for who knows the token, in the place of whoever listened there before. The
    /// caller holds the folder's lock.
    /// </summary>
    /// <exception cref="IOException">The socket cannot be made.</exception>
    public static ControlListener OfAgent(AgentAddress address, IControlSink sink)
    {
        var token = address.MakeToken();
        File.Delete(address.Socket);
        return new ControlListener(
            new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified),
            new UnixDomainSocketEndPoint(address.Socket), socket =>
        {
            var (stream, greeting) = MessageStream.Accept(
                socket, plain => plain, greeting => Tokens.Equal(greeting.Token, token) ? null
                : "the token is not this run's");
            return new ControlConnection(stream, greeting, UserLink.OfThisMachine);
        }, sink);
    }

    /// <summary>A coordinator node's, for users.</summary>
    /// <param name="certificate">the node's; null on loopback, where every user of the machine may do
    /// everything</param>
    /// <param name="refused">told who was not let in, and why</param>
    /// <exception cref="IOException">The address cannot be listened at.</exception>
    public static ControlListener OfUsers(
        IPEndPoint at, ClusterCertificate? certificate, IControlSink sink, Action<EndPoint, string> refused)
    {
        return new ControlListener(new Socket(at.AddressFamily, SocketType.Stream, ProtocolType.Tcp), at, Admit, sink);

        ControlConnection Admit(Socket socket)
        {
            var from = socket.RemoteEndPoint!;
            User? user = null;
            try
            {
                socket.NoDelay = true;
                var (stream, greeting) = MessageStream.Accept(socket, plain =>
                {
                    if (certificate is null)
                        return plain;
                    (var encrypted, user) = certificate.AcceptUser(plain);
                    return encrypted;
                }, greeting => greeting.Role != LinkRole.User ? "only users are let in here"
                    : user is { Role: Role.Node }
                        ? $"the certificate of {user.Name} is a node's: a user needs one of their own (pretrain "
                            + "cluster certificates --user NAME --role ROLE)"
                    : greeting.Name.Length > MostName || greeting.Name.Any(char.IsControl)
                        ? "the name of the user is none"
                    : null);
                return new ControlConnection(stream, greeting, user ?? new User(greeting.Name, Role.Operator));
            }
            catch (Exception failure) when (failure is AuthenticationException or MessageFormatException)
            {
                refused(from, failure.Message);
                throw;
            }
        }
    }

    /// <summary>Where it listens.</summary>
    public EndPoint At => _socket.LocalEndPoint!;

    public void Dispose()
    {
        _closing = true;
        var at = _socket.LocalEndPoint;
        // Waking the thread that accepts; disposing alone leaves it blocked on some kernels.
        try
        {
            using var wake = new Socket(_socket.AddressFamily, SocketType.Stream, _socket.ProtocolType);
            wake.Connect(at!);
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
        if (at is UnixDomainSocketEndPoint)
            File.Delete(at.ToString()!);
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
            using var link = _admit(peer);
            lock (_gate)
            {
                if (_closing)
                    return;
                _links.Add(link);
            }
            _sink.Opened(link);
            try
            {
                while (link.Read() is { } message)
                    _sink.Received(link, message);
            }
            finally
            {
                lock (_gate)
                    _links.Remove(link);
                _sink.Closed(link);
            }
        }
        catch (Exception gone) when (
            gone is IOException or MessageFormatException or AuthenticationException or SocketException)
        {
            // One peer's link ends; what it meant to say, it says again on the next.
            peer.Dispose();
        }
        finally
        {
            Interlocked.Decrement(ref _threads);
        }
    }
}
