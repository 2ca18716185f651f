using System.Net;
using System.Net.Security;
using System.Net.Sockets;

namespace PretrainCluster.Training.Exchange;

/// <summary>A new connection while the two sides make sure of each other; then the socket on which frames travel.</summary>
sealed class Wire : IDisposable
{
    /// <summary>What a local socket may hold, so that a sender need not sleep whenever its peer does. TCP finds its own measure.</summary>
    const int LocalBufferBytes = 4 << 20;

    readonly Socket _socket;
    readonly NetworkStream _plain;
    readonly SslStream? _tls;

    Wire(Socket socket, bool encrypted)
    {
        _socket = socket;
        _plain = new(socket, ownsSocket: false);
        _tls = encrypted ? new(_plain, leaveInnerStreamOpen: true) : null;
    }

    public Stream Stream => _tls is null ? _plain : _tls;

    public static Wire Call(Socket socket, string host, ExchangeTls? tls)
    {
        var wire = new Wire(socket, tls is not null);
        wire._tls?.AuthenticateAsClient(tls!.Caller(host));
        return wire;
    }

    public static Wire Accept(Socket socket, ExchangeTls? tls)
    {
        var wire = new Wire(socket, tls is not null);
        wire._tls?.AuthenticateAsServer(tls!.Listener());
        return wire;
    }

    /// <summary>The socket for frames. What is encrypted is pumped through a local pair of sockets, so that the exchange knows one kind only.</summary>
    public Socket Finish()
    {
        var frames = _socket;
        if (_socket.ProtocolType == ProtocolType.Tcp)
        {
            _socket.NoDelay = true;
            _socket.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.KeepAlive, true);
        }
        else
        {
            _socket.SendBufferSize = LocalBufferBytes;
        }
        if (_tls is not null)
        {
            frames = TlsRelay.Start(_tls, _socket);
            frames.NoDelay = true;
        }
        frames.Blocking = false;
        return frames;
    }

    public void Dispose()
    {
        _tls?.Dispose();
        _plain.Dispose();
    }

    public static EndPoint LocalName(string endpoint) => new UnixDomainSocketEndPoint($"\0pretrain-exchange-{endpoint}");

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
