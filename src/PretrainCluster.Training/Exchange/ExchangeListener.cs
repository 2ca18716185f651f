using System.Net;
using System.Net.Sockets;
using System.Security.Authentication;

namespace PretrainCluster.Training.Exchange;

/// <summary>
/// Accepts the data plane's connections for a worker process, from its start to its end. A connection says for which generation it is, proves that it
/// knows that generation's secret, and goes to whoever forms it here. One for a generation that this worker has not heard of yet waits for it a while.
/// </summary>
public sealed class ExchangeListener : IDisposable
{
    const int ThreadStack = 256 << 10;

    readonly ExchangeListenerOptions _options;
    readonly Socket _listener;
    readonly Socket? _localListener;
    readonly Refusals _refusals;
    readonly object _changed = new();
    Rendezvous? _current;
    long _newest;
    int _pending;
    bool _disposed;

    /// <exception cref="SocketException">The address cannot be listened at.</exception>
    public ExchangeListener(ExchangeListenerOptions? options = null)
    {
        _options = options ?? new();
        _refusals = new(_options.Refused);
        _listener = new(_options.Address.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            _listener.Bind(new IPEndPoint(_options.Address, _options.Port));
            _listener.Listen();
        }
        catch (SocketException)
        {
            _listener.Dispose();
            throw;
        }
        var port = ((IPEndPoint)_listener.LocalEndPoint!).Port;
        Endpoint = _options.AdvertisedHost is { } host ? $"{host}:{port}" : new IPEndPoint(_options.Address, port).ToString();
        new Thread(
            () => Accept(_listener, _options.Certificate))
        { IsBackground = true, Name = "exchange listener" }.Start();
        if (_options.LocalSocket && (_localListener = ListenLocally()) is { } local)
            new Thread(
                () => Accept(local, certificate: null))
            { IsBackground = true, Name = "exchange listener" }.Start();
    }

    /// <summary>HOST:PORT at which peers reach it.</summary>
    public string Endpoint { get; }

    internal ClusterCertificate? Certificate => _options.Certificate;

    /// <summary>Announces the generation that forms. Connections for earlier ones are refused from here on.</summary>
    /// <exception cref="InvalidOperationException">It, or a later one, was announced before.</exception>
    internal Rendezvous Announce(long generation, int rank, int worldSize, byte[] secret)
    {
        lock (_changed)
        {
            ObjectDisposedException.ThrowIf(_disposed, this);
            if (generation <= _newest)
                throw new InvalidOperationException($"Generation {generation} cannot form here: generation {_newest} did before.");
            _current?.End();
            _newest = generation;
            _current = new(generation, rank, worldSize, secret);
            Monitor.PulseAll(_changed);
            return _current;
        }
    }

    /// <summary>No more connections for it.</summary>
    internal void Close(Rendezvous rendezvous)
    {
        lock (_changed)
        {
            rendezvous.End();
            if (_current == rendezvous)
                _current = null;
        }
    }

    public void Dispose()
    {
        lock (_changed)
        {
            if (_disposed)
                return;
            _disposed = true;
            _current?.End();
            _current = null;
            Monitor.PulseAll(_changed);
        }
        _listener.Dispose();
        _localListener?.Dispose();
    }

    /// <returns>null if the name is taken, by whomever; peers then come over TCP</returns>
    Socket? ListenLocally()
    {
        var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            socket.Bind(Connection.LocalName(Endpoint));
            socket.Listen();
            return socket;
        }
        catch (SocketException)
        {
            socket.Dispose();
            return null;
        }
    }

    void Accept(Socket listener, ClusterCertificate? certificate)
    {
        while (true)
        {
            Socket socket;
            try
            {
                socket = listener.Accept();
            }
            catch (Exception e) when (e is SocketException or ObjectDisposedException)
            {
                lock (_changed)
                {
                    // Out of file handles, or the caller gave up before it was accepted: neither ends the listener.
                    if (_disposed || Monitor.Wait(_changed, TimeSpan.FromMilliseconds(20)) && _disposed)
                        return;
                }
                continue;
            }
            if (Interlocked.Increment(ref _pending) > _options.PendingLimit)
            {
                Interlocked.Decrement(ref _pending);
                socket.Dispose();
                continue;
            }
            new Thread(
                () => Serve(socket, certificate), ThreadStack)
            {
                IsBackground = true,
                Name = "exchange handshake"
            }.Start();
        }
    }

    void Serve(Socket socket, ClusterCertificate? certificate)
    {
        using var limit = new TimeLimit(socket, _options.PendingTime);
        try
        {
            var connection = Connection.Accept(socket, certificate);
            var (bytes, greeting, refusal) = Handshake.ReadGreeting(connection.Stream);
            var rendezvous = refusal == Refusal.None ? WaitFor(greeting.Generation, ref refusal) : null;
            if (refusal != Refusal.None)
                Handshake.Refuse(connection, refusal);
            else if (rendezvous is null)
                throw new IOException("The generation did not begin in time.");
            else if (!rendezvous.Expects(greeting))
                Handshake.Refuse(connection, Refusal.Membership);
            else if (Handshake.Challenge(connection, bytes, rendezvous.Secret) && limit.Release())
            {
                Handshake.Welcome(connection.Stream);
                connection.Begin();
                if (rendezvous.Add(greeting, connection))
                    return;
                connection.Dispose();
            }
        }
        catch (AuthenticationException refused)
        {
            _refusals.Note(
                $"a connection to the data plane at {Endpoint} from {AddressOf(socket)} is refused: {refused.Message}");
        }
        catch (Exception e) when (
            e is IOException or InvalidDataException or SocketException or ObjectDisposedException)
        {
            // Whoever it was, the members of a generation try again until their limit.
        }
        finally
        {
            Interlocked.Decrement(ref _pending);
        }
        socket.Dispose();
    }

    static string AddressOf(Socket socket)
    {
        try
        {
            return (socket.RemoteEndPoint as IPEndPoint)?.Address.ToString() ?? "here";
        }
        catch (Exception gone) when (gone is SocketException or ObjectDisposedException)
        {
            return "an address that is gone";
        }
    }

    /// <returns>null if it is over, or did not begin within the time that a connection may be pending</returns>
    Rendezvous? WaitFor(long generation, ref Refusal refusal)
    {
        var until = Environment.TickCount64 + (long)_options.PendingTime.TotalMilliseconds;
        lock (_changed)
        {
            while (_newest < generation && !_disposed && until - Environment.TickCount64 is > 0 and var left)
                Monitor.Wait(_changed, TimeSpan.FromMilliseconds(left));
            if (_current?.Generation == generation)
                return _current;
            if (_newest >= generation)
                refusal = Refusal.Superseded;
            return null;
        }
    }
}

/// <summary>Where and how a worker accepts the data plane's connections.</summary>
public sealed record ExchangeListenerOptions
{
    public IPAddress Address { get; init; } = IPAddress.Loopback;

    /// <summary>0 for a free one.</summary>
    public int Port { get; init; }

    /// <summary>The name or address at which peers reach this host, where it is not <see cref="Address"/>: needed when that is 0.0.0.0.</summary>
    public string? AdvertisedHost { get; init; }

    /// <summary>
    /// Members on this host connect over a Unix domain socket (Linux), which costs a third of the processor time of TCP over loopback. It has an abstract name, that
    /// of the endpoint, so it is found from within this host's network namespace only, and leaves no file.
    /// </summary>
    public bool LocalSocket { get; init; } = OperatingSystem.IsLinux();

    /// <summary>
    /// Encrypts connections between hosts, and lets in nodes of its authority alone; then every member must have one.
    /// </summary>
    public ClusterCertificate? Certificate { get; init; }

    /// <summary>Told, once for each reason, why somebody was not let in.</summary>
    public Action<string> Refused { get; init; } = _ => { };

    /// <summary>Connections that have not proved themselves yet; beyond that they are shut at once.</summary>
    public int PendingLimit { get; init; } = 256;

    /// <summary>What such a connection has to prove itself, waiting for its generation to be announced here included.</summary>
    public TimeSpan PendingTime { get; init; } = TimeSpan.FromSeconds(10);
}
