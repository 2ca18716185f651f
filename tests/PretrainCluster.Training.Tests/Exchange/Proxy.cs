using System.Net;
using System.Net.Sockets;

namespace PretrainCluster.Training.Tests.Exchange;

/// <summary>A man in the middle: passes the bytes of each connection on, and may change what passes. Reached at <see cref="Endpoint"/>.</summary>
sealed class Proxy : IDisposable
{
    readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    readonly string _target;
    readonly Action<long, Memory<byte>> _change;
    readonly List<Socket> _sockets = [];
    volatile bool _stalled;

    /// <param name="change">is given what callers send: how many bytes of that connection came before, and the bytes, in place</param>
    public Proxy(string target, Action<long, Memory<byte>> change)
    {
        (_target, _change) = (target, change);
        _listener.Start();
        new Thread(Accept) { IsBackground = true }.Start();
    }

    public string Endpoint => _listener.LocalEndpoint.ToString()!;

    /// <summary>Passes nothing on any more, and shuts nothing: what a stopped process looks like.</summary>
    public void Stall() => _stalled = true;

    /// <summary>Shuts one direction of every connection: nothing more from callers.</summary>
    public void HalfClose()
    {
        lock (_sockets)
        {
            for (var i = 1; i < _sockets.Count; i += 2)
                _sockets[i].Shutdown(SocketShutdown.Send);
        }
    }

    public void Dispose()
    {
        _listener.Dispose();
        lock (_sockets)
            _sockets.ForEach(socket => socket.Dispose());
    }

    void Accept()
    {
        try
        {
            while (true)
            {
                var caller = _listener.AcceptSocket();
                var target = new Socket(SocketType.Stream, ProtocolType.Tcp);
                target.Connect(IPEndPoint.Parse(_target));
                lock (_sockets)
                    _sockets.AddRange([caller, target]);
                Pump(caller, target, _change);
                Pump(target, caller, (_, _) => { });
            }
        }
        catch (Exception e) when (e is SocketException or InvalidOperationException)
        {
            // Disposed.
        }
    }

    void Pump(Socket from, Socket to, Action<long, Memory<byte>> change) => new Thread(() =>
    {
        var buffer = new byte[64 << 10];
        long before = 0;
        try
        {
            while (from.Receive(buffer) is > 0 and var count)
            {
                while (_stalled)
                    Thread.Sleep(1);
                change(before, buffer.AsMemory(0, count));
                before += count;
                for (var sent = 0; sent < count;)
                    sent += to.Send(buffer.AsSpan(sent, count - sent));
            }
            to.Shutdown(SocketShutdown.Send);
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            from.Dispose();
            to.Dispose();
        }
    })
    { IsBackground = true }.Start();
}
