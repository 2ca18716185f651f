using System.Buffers;
using System.Net.Sockets;
using System.Threading.Tasks.Sources;
using PretrainCluster.Core.Checksums;

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

/// <summary>Bytes to some peers and from some: all-gather and transfer. Memory stays pinned from <see cref="Send"/> or <see cref="Receive"/> to <see cref="Clear"/>.</summary>
sealed unsafe class ByteStreams(int links) : Operation
{
    const int FrameBytes = 256 << 10;

    readonly Way[] _out = new Way[links];
    readonly Way[] _in = new Way[links];
    FrameKind _kind;

    public void Begin(FrameKind kind)
    {
        _kind = kind;
        _out.AsSpan().Clear();
        _in.AsSpan().Clear();
    }

    /// <param name="data">pinned by the caller until the operation ends</param>
    public void Send(int link, Block data) => _out[link] = new() { Data = data, Open = true };

    public void Receive(int link, Memory<byte> data)
    {
        var pin = data.Pin();
        _in[link] = new() { Data = new((byte*)pin.Pointer, data.Length), Pin = pin, Open = true };
    }

    public void Clear()
    {
        foreach (ref var way in _in.AsSpan())
        {
            way.Pin.Dispose();
            way = default;
        }
        _out.AsSpan().Clear();
    }

    public override bool SendsNoMore(int link) => !_out[link].Open;

    public override bool ExpectsNoMore(int link) => !_in[link].Open;

    public override bool TryNext(int link, out Frame frame)
    {
        ref var way = ref _out[link];
        if (!way.Open)
        {
            frame = default;
            return false;
        }
        var payload = way.Data.Slice(way.Done, Math.Min(FrameBytes, way.Data.Length - way.Done));
        way.Done += payload.Length;
        way.Open = way.Done < way.Data.Length;
        frame = new(_kind, !way.Open, payload, Crc32C.Compute(payload.Bytes));
        return true;
    }

    public override bool TryAccept(int link, FrameHeader header, out Block destination)
    {
        ref var way = ref _in[link];
        if (header.Kind != _kind)
            throw new InvalidDataException($"a frame of kind {header.Kind} came where {_kind} was due");
        var missing = way.Data.Length - way.Done;
        if (header.Length > missing || header.Last != (header.Length == missing) || (header.Length == 0 && missing > 0))
            throw new InvalidDataException($"{(header.Last ? "the last" : "another")} {header.Length} bytes came where {missing} of {way.Data.Length} were due");
        destination = way.Data.Slice(way.Done, header.Length);
        return true;
    }

    public override void Arrived(int link, FrameHeader header)
    {
        ref var way = ref _in[link];
        way.Done += header.Length;
        way.Open = !header.Last;
    }

    struct Way
    {
        public Block Data;
        public MemoryHandle Pin;
        public int Done;
        public bool Open;
    }
}
