using System.Buffers.Binary;
using System.Net.Sockets;
using System.Text;
using PretrainCluster.Core.Checksums;

namespace PretrainCluster.Training.Exchange;

/// <summary>
/// Whether the exchange is broken, and by whom. A thread sleeps on the control connections; the first reason, from here or from a peer, is the one that
/// stands, goes out to all peers, and wakes a running operation by shutting the data connections.
/// </summary>
sealed class ControlLinks : IDisposable
{
    const int ReasonBytes = 1024;

    readonly Lock _lock = new();
    readonly int _rank;
    readonly PeerConnection[] _peers;
    readonly ulong[] _sent;
    readonly Thread _watch;
    readonly CancellationTokenSource _broken = new();
    readonly ManualResetEventSlim _known = new();
    volatile ExchangeException? _failure;
    bool _left;

    public ControlLinks(int rank, IReadOnlyList<PeerConnection> peers)
    {
        _rank = rank;
        _peers = [.. peers];
        _sent = new ulong[peers.Count];
        Broken = _broken.Token;
        _watch = new(Watch) { IsBackground = true, Name = "exchange control" };
        _watch.Start();
    }

    public CancellationToken Broken { get; }

    public void ThrowIfBroken()
    {
        if (_failure is not null)
            throw Failure();
    }

    /// <summary>A new exception each time, so that each carries its own stack.</summary>
    public ExchangeException Failure() => new(_failure!.Rank, _failure.Message, _failure.InnerException);

    public void WaitForReason(TimeSpan atMost) => _known.Wait(atMost);

    /// <param name="rank">at fault; -1 for none</param>
    public void Break(int rank, string reason, Exception? cause)
    {
        lock (_lock)
        {
            if (_failure is not null)
                return;
            _failure = new(rank, reason, cause);
            Tell(FrameKind.Broken, rank, reason);
            foreach (var peer in _peers)
                Shut(peer.Data.Socket);
            _known.Set();
        }
        CancelBroken();
    }

    /// <summary>Tells the peers, if nothing is broken, that this one leaves.</summary>
    public void Dispose()
    {
        lock (_lock)
        {
            if (_left)
                return;
            _left = true;
            if (_failure is null)
            {
                Tell(FrameKind.Leaving, _rank, $"rank {_rank} left");
                _failure = new(_rank, "The exchange was left.");
            }
            foreach (var peer in _peers)
                Shut(peer.Control.Socket);
        }
        _watch.Join();
        foreach (var peer in _peers)
            peer.Control.Dispose();
        _known.Set();
    }

    /// <summary>One attempt: a connection on which nothing travels has room for a frame, or its peer is lost anyway.</summary>
    void Tell(FrameKind kind, int rank, string reason)
    {
        var payload = new byte[sizeof(int) + ReasonBytes];
        BinaryPrimitives.WriteInt32LittleEndian(payload, rank);
        Encoding.UTF8.GetEncoder().Convert(reason, payload.AsSpan(sizeof(int)), true, out _, out var bytes, out _);
        var frame = new byte[FrameHeader.Size + sizeof(int) + bytes];
        payload.AsSpan(0, sizeof(int) + bytes).CopyTo(frame.AsSpan(FrameHeader.Size));
        var checksum = Crc32C.Compute(frame.AsSpan(FrameHeader.Size));
        for (var i = 0; i < _peers.Length; i++)
        {
            new FrameHeader(kind, true, sizeof(int) + bytes, _sent[i]++, checksum).Write(frame);
            _peers[i].Control.Send(frame, out _);
        }
    }

    void Watch()
    {
        var watched = _peers.Select(peer => new Incoming(peer)).ToList();
        var ready = new List<Socket>();
        // What came with the end of the handshake is here already, and no socket tells of it.
        watched.RemoveAll(incoming => !Read(incoming));
        while (watched.Count > 0 && _failure is null)
        {
            ready.Clear();
            ready.AddRange(watched.Select(incoming => incoming.Peer.Control.Socket));
            try
            {
                Socket.Select(ready, null, null, Timeout.InfiniteTimeSpan);
            }
            catch (Exception e) when (e is SocketException or ObjectDisposedException)
            {
                Break(-1, $"rank {_rank}: {e.Message}", e);
                return;
            }
            if (_failure is not null)
                return;
            foreach (var socket in ready)
            {
                var incoming = watched.Single(one => one.Peer.Control.Socket == socket);
                if (!Read(incoming))
                    watched.Remove(incoming);
            }
        }
    }

    /// <returns>whether more may come</returns>
    bool Read(Incoming incoming)
    {
        var peer = incoming.Peer.Peer;
        var count = incoming.Peer.Control.Receive(incoming.Frame.AsSpan(incoming.Count), out var error);
        if (error == SocketError.WouldBlock)
            return true;
        if (error != SocketError.Success || count == 0)
        {
            Break(peer, error == SocketError.Success ? $"rank {peer} closed its connection" : $"the connection to rank {peer} was lost ({error})", null);
            return false;
        }
        incoming.Count += count;
        if (incoming.Count < FrameHeader.Size)
            return true;
        try
        {
            var header = FrameHeader.Read(incoming.Frame, 0);
            if (header.Kind is not (FrameKind.Broken or FrameKind.Leaving) || header.Length is < sizeof(int) or > sizeof(int) + ReasonBytes)
                throw new InvalidDataException($"{header.Length} bytes of kind {header.Kind} came over the control connection");
            if (incoming.Count < FrameHeader.Size + header.Length)
                return true;
            var payload = incoming.Frame.AsSpan(FrameHeader.Size, header.Length);
            if (Crc32C.Compute(payload) != header.Checksum)
                throw new InvalidDataException("a reason does not match its checksum");
            var rank = BinaryPrimitives.ReadInt32LittleEndian(payload);
            var reason = Encoding.UTF8.GetString(payload[sizeof(int)..]);
            if (header.Kind == FrameKind.Broken)
                Break(rank, reason, null);
            else
                CancelBroken();
        }
        catch (InvalidDataException e)
        {
            Break(peer, $"from rank {peer}: {e.Message}", e);
        }
        return false;
    }

    /// <summary>Elsewhere: who listens to the token may do what it likes.</summary>
    void CancelBroken() => ThreadPool.UnsafeQueueUserWorkItem(static broken => broken.Cancel(), _broken, preferLocal: false);

    static void Shut(Socket socket)
    {
        try
        {
            socket.Shutdown(SocketShutdown.Both);
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            // It has ended already.
        }
    }

    sealed class Incoming(PeerConnection peer)
    {
        public PeerConnection Peer => peer;

        public byte[] Frame { get; } = new byte[FrameHeader.Size + sizeof(int) + ReasonBytes];

        public int Count { get; set; }
    }
}
