using System.Net;
using System.Net.Security;
using System.Net.Sockets;

namespace PretrainCluster.Training.Exchange;

/// <summary>
/// A connection to a peer. While the two sides make sure of each other it is a stream that blocks; afterwards frames
/// come and go on it, encrypted or not, and nothing blocks: who cannot go on sleeps on <see cref="Socket"/>. One thread
/// may receive while another sends.
/// </summary>
sealed class Connection : IDisposable
{
    /// <summary>
    /// What a local socket may hold, so that a sender need not sleep whenever its peer does. TCP finds its own measure.
    /// </summary>
    const int LocalBufferBytes = 4 << 20;

    /// <summary>Plain bytes that are encrypted, or were decrypted, at a time: four records of TLS.</summary>
    const int EncryptedBytes = 64 << 10;

    readonly ResumedStream _stream;
    readonly SslStream? _tls;
    readonly byte[] _incoming = [], _outgoing = [];
    ValueTask<int> _read;
    ValueTask _write;
    bool _reading, _writing;
    int _taken, _decrypted;

    Connection(Socket socket, Func<Stream, SslStream>? encrypt)
    {
        Socket = socket;
        _stream = new(socket);
        if (encrypt is null)
            return;
        _tls = encrypt(_stream);
        (_incoming, _outgoing) = (new byte[EncryptedBytes], new byte[EncryptedBytes]);
    }

    /// <summary>To wait for.</summary>
    public Socket Socket { get; }

    public bool IsEncrypted => _tls is not null;

    /// <summary>Blocks; of use until <see cref="Begin"/>.</summary>
    public Stream Stream => _tls is null ? _stream : _tls;

    /// <param name="certificate">null for a connection that is not encrypted</param>
    /// <exception cref="System.Security.Authentication.AuthenticationException">The peer is no node of the cluster, or
    /// not the one at that host.</exception>
    public static Connection Call(Socket socket, string host, ClusterCertificate? certificate) =>
        new(socket, certificate is null ? null : inner => certificate.Call(inner, host));

    /// <exception cref="System.Security.Authentication.AuthenticationException">The peer is no node of the
    /// cluster.</exception>
    public static Connection Accept(Socket socket, ClusterCertificate? certificate) =>
        new(socket, certificate is null ? null : certificate.AcceptNode);

    /// <summary>From here on nothing blocks.</summary>
    public void Begin()
    {
        if (Socket.ProtocolType == ProtocolType.Tcp)
        {
            Socket.NoDelay = true;
            Socket.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.KeepAlive, true);
        }
        else
        {
            Socket.SendBufferSize = LocalBufferBytes;
        }
        Socket.Blocking = false;
    }

    /// <returns>bytes that the connection took over; what of them waits to be encrypted and sent, <see cref="Flush"/>
    /// tells</returns>
    public int Send(ReadOnlySpan<byte> bytes, out SocketError error)
    {
        if (_tls is null)
            return Socket.Send(bytes, SocketFlags.None, out error);
        if (!Flush(out error))
            return 0;
        var count = Math.Min(bytes.Length, _outgoing.Length);
        bytes[..count].CopyTo(_outgoing);
        _write = _tls.WriteAsync(_outgoing.AsMemory(0, count));
        _writing = true;
        return Flush(out error) || error == SocketError.WouldBlock ? count : 0;
    }

    /// <summary>Hands the system what was taken over and waits.</summary>
    /// <returns>whether nothing waits any more</returns>
    public bool Flush(out SocketError error)
    {
        error = SocketError.Success;
        if (!_writing)
            return true;
        _stream.ResumeWrite();
        if (!_write.IsCompleted)
        {
            error = SocketError.WouldBlock;
            return false;
        }
        _writing = false;
        try
        {
            _write.GetAwaiter().GetResult();
            return true;
        }
        catch (Exception gone) when (gone is IOException or ObjectDisposedException)
        {
            error = ErrorOf(gone);
            return false;
        }
    }

    /// <returns>bytes received; 0 and no error where the peer has closed</returns>
    public int Receive(Span<byte> bytes, out SocketError error)
    {
        if (_tls is null)
            return Socket.Receive(bytes, SocketFlags.None, out error);
        error = SocketError.Success;
        if (_taken == _decrypted && !Decrypt(out error))
            return 0;
        var count = Math.Min(bytes.Length, _decrypted - _taken);
        _incoming.AsSpan(_taken, count).CopyTo(bytes);
        _taken += count;
        return count;
    }

    public void Dispose()
    {
        _tls?.Dispose();
        Socket.Dispose();
    }

    bool Decrypt(out SocketError error)
    {
        error = SocketError.Success;
        if (_reading)
            _stream.ResumeRead();
        else
            (_read, _reading) = (_tls!.ReadAsync(_incoming), true);
        if (!_read.IsCompleted)
        {
            error = SocketError.WouldBlock;
            return false;
        }
        _reading = false;
        try
        {
            (_taken, _decrypted) = (0, _read.GetAwaiter().GetResult());
            return _decrypted > 0;
        }
        catch (Exception gone) when (gone is IOException or ObjectDisposedException)
        {
            error = ErrorOf(gone);
            return false;
        }
    }

    static SocketError ErrorOf(Exception gone) =>
        gone.GetBaseException() is SocketException { SocketErrorCode: var code } ? code : SocketError.ConnectionReset;

    public static EndPoint LocalName(string endpoint) =>
        new UnixDomainSocketEndPoint($"\0pretrain-exchange-{endpoint}");

    /// <summary>HOST:PORT, the host a name, an IPv4 address, or an IPv6 address in brackets.</summary>
    /// <exception cref="FormatException">It is not of that form.</exception>
    public static (string Host, EndPoint EndPoint) Parse(string endpoint)
    {
        if (IPEndPoint.TryParse(endpoint, out var address) && address.Port != 0)
            return (address.Address.ToString(), address);
        var colon = endpoint.LastIndexOf(':');
        if (colon <= 0 || !ushort.TryParse(endpoint.AsSpan(colon + 1), out var port) || port == 0)
            throw new FormatException($"'{endpoint}' is not HOST:PORT.");
        return (endpoint[..colon], new DnsEndPoint(endpoint[..colon], port));
    }
}

/// <summary>Shuts a socket under whoever waits for it once a time is over or a token is cancelled, unless it was released before.</summary>
sealed class TimeLimit : IDisposable
{
    readonly Socket _socket;
    readonly CancellationTokenRegistration _registration;
    readonly CancellationTokenSource? _timer;
    int _state;

    public TimeLimit(Socket socket, CancellationToken token)
    {
        _socket = socket;
        _registration = token.Register(Expire);
    }

    public TimeLimit(Socket socket, TimeSpan time)
    {
        _socket = socket;
        _timer = new(time);
        _registration = _timer.Token.Register(Expire);
    }

    /// <summary>From here on the socket stays open.</summary>
    /// <returns>false if the time was over already</returns>
    public bool Release() => Interlocked.CompareExchange(ref _state, 1, 0) == 0;

    public void Dispose()
    {
        _registration.Dispose();
        _timer?.Dispose();
    }

    void Expire()
    {
        if (Interlocked.CompareExchange(ref _state, 2, 0) == 0)
            _socket.Dispose();
    }
}
