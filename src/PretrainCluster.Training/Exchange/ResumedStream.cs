using System.Net.Sockets;
using System.Threading.Tasks.Sources;

namespace PretrainCluster.Training.Exchange;

/// <summary>
/// What TLS reads from and writes to where nothing may block and no thread is to be added: an asynchronous call that
/// the socket cannot serve at once stays open until <see cref="ResumeRead"/> or <see cref="ResumeWrite"/> is called and
/// it can. What follows then runs on the thread of that caller.
/// </summary>
/// <remarks>
/// One read and one write may be open at a time. The calls that block are those of the base, for a socket that does.
/// </remarks>
sealed class ResumedStream(Socket socket) : NetworkStream(socket, ownsSocket: false)
{
    readonly Call _read = new(), _write = new();
    Memory<byte> _into;
    ReadOnlyMemory<byte> _from;

    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        _into = buffer;
        return _read.Begin(TryRead);
    }

    public override async ValueTask WriteAsync(
        ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        _from = buffer;
        await _write.Begin(TryWrite).ConfigureAwait(false);
    }

    public override Task FlushAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public void ResumeRead() => _read.Resume(TryRead);

    public void ResumeWrite() => _write.Resume(TryWrite);

    /// <returns>null where the socket has nothing yet</returns>
    int? TryRead()
    {
        var count = Socket.Receive(_into.Span, SocketFlags.None, out var error);
        return error switch
        {
            SocketError.Success => count,
            SocketError.WouldBlock => null,
            _ => throw new IOException("the connection was lost", new SocketException((int)error)),
        };
    }

    int? TryWrite()
    {
        while (_from.Length > 0)
        {
            var count = Socket.Send(_from.Span, SocketFlags.None, out var error);
            if (error == SocketError.WouldBlock)
                return null;
            if (error != SocketError.Success)
                throw new IOException("the connection was lost", new SocketException((int)error));
            _from = _from[count..];
        }
        return 0;
    }

    /// <summary>A call that may stay open.</summary>
    sealed class Call : IValueTaskSource<int>
    {
        ManualResetValueTaskSourceCore<int> _core;
        bool _open;

        public ValueTask<int> Begin(Func<int?> attempt)
        {
            if (attempt() is { } done)
                return new(done);
            _core.Reset();
            _open = true;
            return new(this, _core.Version);
        }

        public void Resume(Func<int?> attempt)
        {
            if (!_open)
                return;
            int? done;
            try
            {
                done = attempt();
            }
            catch (Exception lost) when (lost is IOException or ObjectDisposedException)
            {
                _open = false;
                _core.SetException(lost);
                return;
            }
            if (done is not { } count)
                return;
            // Before what follows: it may begin the next call.
            _open = false;
            _core.SetResult(count);
        }

        int IValueTaskSource<int>.GetResult(short token) => _core.GetResult(token);

        ValueTaskSourceStatus IValueTaskSource<int>.GetStatus(short token) => _core.GetStatus(token);

        void IValueTaskSource<int>.OnCompleted(
            Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
            _core.OnCompleted(continuation, state, token, flags);
    }
}
