using System.Net.Sockets;

namespace PretrainCluster.Training.Exchange;

/// <summary>
/// The members of a generation, each connected to each by two TCP connections: one for data, on which nothing but operations' frames travel, and one for
/// control, on which nothing travels until the exchange breaks. So a member that dies, or says why it gives up, is noticed at once, whatever is under way.
/// </summary>
/// <remarks>An operation runs on its caller's thread alone: it moves what the connections take and give, and sleeps when they do neither.</remarks>
public sealed partial class MeshExchange : IExchange
{
    /// <summary>How long the end of a data connection waits for the control connections to tell why.</summary>
    static readonly TimeSpan s_grace = TimeSpan.FromSeconds(1);

    readonly Link[] _links;
    readonly ControlLinks _control;
    readonly ByteStreams _streams;
    readonly List<(TreeNode Node, SumBuffer Sum)> _own = [];
    readonly List<Socket> _readable, _writable;
    SumStreams? _sums;

    internal MeshExchange(long generation, int rank, IReadOnlyList<PeerConnection> connections)
    {
        (Generation, Rank, WorldSize) = (generation, rank, connections.Count + 1);
        _links = [.. connections.OrderBy(connection => connection.Peer).Select((connection, index) => new Link(index, connection.Peer, connection.Data))];
        _streams = new(_links.Length);
        (_readable, _writable) = (new(_links.Length), new(_links.Length));
        _control = new(rank, connections);
    }

    public long Generation { get; }

    public int Rank { get; }

    public int WorldSize { get; }

    public CancellationToken Broken => _control.Broken;

    public SumBuffer AllReduce(TreeAccumulator sums)
    {
        if (_sums is null || !_sums.Fits(sums))
            _sums = new(Rank, WorldSize, sums.Tree.Leaves, sums.Values, sums.Totals);
        _control.ThrowIfBroken();
        sums.TakeComplete(_own);
        SumBuffer? result = null;
        try
        {
            _sums.ThrowUnlessOwn(_own);
            result = _own.Count > 0 ? _own[0].Sum : sums.Rent();
            _sums.Begin(_own, result);
            Drive(_sums);
            _sums.FinishTotals(result.Totals);
            var sum = result;
            result = null;
            return sum;
        }
        finally
        {
            for (var i = 1; i < _own.Count; i++)
                sums.Return(_own[i].Sum);
            if (result is not null)
                sums.Return(result);
            _own.Clear();
        }
    }

    public unsafe void AllGather(ReadOnlySpan<byte> own, IReadOnlyList<Memory<byte>> byRank)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(byRank.Count, WorldSize);
        ArgumentOutOfRangeException.ThrowIfNotEqual(byRank[Rank].Length, own.Length);
        own.CopyTo(byRank[Rank].Span);
        _streams.Begin(FrameKind.Gathered);
        fixed (byte* start = own)
        {
            try
            {
                for (var link = 0; link < _links.Length; link++)
                {
                    _streams.Send(link, new(start, own.Length));
                    _streams.Receive(link, byRank[_links[link].Peer]);
                }
                Drive(_streams);
            }
            finally
            {
                _streams.Clear();
            }
        }
    }

    public unsafe void Transfer(int from, IReadOnlyList<int> to, Memory<byte> data)
    {
        _control.ThrowIfBroken();
        if (from != Rank && !to.Contains(Rank))
            return;
        _streams.Begin(FrameKind.Transferred);
        using var pin = data.Pin();
        try
        {
            for (var link = 0; link < _links.Length; link++)
            {
                if (from == Rank && to.Contains(_links[link].Peer))
                    _streams.Send(link, new((byte*)pin.Pointer, data.Length));
                else if (from == _links[link].Peer)
                    _streams.Receive(link, data);
            }
            Drive(_streams);
        }
        finally
        {
            _streams.Clear();
        }
    }

    public void Abort(string reason) => _control.Break(-1, reason, null);

    public void Dispose()
    {
        _control.Dispose();
        foreach (var link in _links)
            link.Dispose();
    }

    void Drive(Operation operation)
    {
        try
        {
            while (true)
            {
                _control.ThrowIfBroken();
                var (moved, done) = (false, true);
                foreach (var link in _links)
                    moved |= link.Receive(operation);
                for (var i = 0; i < _links.Length; i++)
                {
                    moved |= _links[i].Send(operation);
                    done &= !_links[i].SendIsBlocked && operation.SendsNoMore(i) && operation.ExpectsNoMore(i);
                }
                if (done)
                    return;
                if (!moved)
                    Sleep(operation);
            }
        }
        catch (LinkException e)
        {
            if (e.Closed)
                _control.WaitForReason(s_grace);
            _control.Break(e.Peer, e.Message, e);
            throw _control.Failure();
        }
        catch (Exception e) when (e is not ExchangeException)
        {
            _control.Break(-1, $"rank {Rank}: {e.Message}", e);
            throw _control.Failure();
        }
    }

    /// <summary>Until a connection gives or takes something, or ends.</summary>
    void Sleep(Operation operation)
    {
        _readable.Clear();
        _writable.Clear();
        for (var i = 0; i < _links.Length; i++)
        {
            if (!operation.ExpectsNoMore(i) && !_links[i].ReceiveIsHeld)
                _readable.Add(_links[i].Socket);
            if (_links[i].SendIsBlocked)
                _writable.Add(_links[i].Socket);
        }
        Socket.Select(_readable.Count > 0 ? _readable : null, _writable.Count > 0 ? _writable : null, null, Timeout.InfiniteTimeSpan);
    }
}
