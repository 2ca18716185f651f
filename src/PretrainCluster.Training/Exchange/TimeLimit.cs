using System.Net.Sockets;

namespace PretrainCluster.Training.Exchange;

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
