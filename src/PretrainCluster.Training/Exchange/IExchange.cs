namespace PretrainCluster.Training.Exchange;

/// <summary>
/// The data plane of one generation, as one member sees it. Every member calls the same operations in the same order, from one thread.
/// Once an operation has failed, or <see cref="Abort"/> was called from any thread, every further one fails, here and soon at all members.
/// </summary>
/// <remarks>Each operation throws <see cref="ExchangeException"/> when a peer dies, shuts its connection, sends what does not verify, or the exchange is aborted.</remarks>
public interface IExchange : IDisposable
{
    long Generation { get; }
    int Rank { get; }
    int WorldSize { get; }

    /// <summary>Cancelled as soon as the exchange is known to be broken or a peer has left, whether or not an operation runs: a step under way is in vain.</summary>
    CancellationToken Broken { get; }

    /// <summary>
    /// Finishes the summation tree of a step: takes this member's complete subtrees out of <paramref name="sums"/> (its micro-batches are those of
    /// <see cref="Shares"/>) and returns the root, with the same bits on every member and for every world size. The caller returns it to <paramref name="sums"/>.
    /// </summary>
    SumBuffer AllReduce(TreeAccumulator sums);

    /// <summary>Every member's bytes in the order of ranks.</summary>
    /// <param name="own">this member's</param>
    /// <param name="byRank">one destination a rank, of the length that the rank sends; this member's own is filled too</param>
    void AllGather(ReadOnlySpan<byte> own, IReadOnlyList<Memory<byte>> byRank);

    /// <summary>Copies bytes from one member to some others; members that are neither return at once.</summary>
    /// <param name="data">read at <paramref name="from"/>, filled at each of <paramref name="to"/>; of one length everywhere</param>
    void Transfer(int from, IReadOnlyList<int> to, Memory<byte> data);

    /// <summary>Fails the operation that is running, if any, and all later ones, at every member. May be called from any thread.</summary>
    void Abort(string reason);
}

/// <summary>An exchange broke; the members' state is as it was before the step.</summary>
/// <param name="rank">the peer at fault as far as can be told; -1 where it is none</param>
public sealed class ExchangeException(int rank, string reason, Exception? inner = null) : Exception(reason, inner)
{
    public int Rank { get; } = rank;
}

/// <summary>A generation of one member: nothing travels.</summary>
public sealed class SoloExchange(long generation) : IExchange
{
    readonly CancellationTokenSource _broken = new();
    volatile string? _aborted;

    public long Generation => generation;
    public int Rank => 0;
    public int WorldSize => 1;
    public CancellationToken Broken => _broken.Token;

    public SumBuffer AllReduce(TreeAccumulator sums)
    {
        ThrowIfAborted();
        return sums.TakeRoot();
    }

    public void AllGather(ReadOnlySpan<byte> own, IReadOnlyList<Memory<byte>> byRank)
    {
        ThrowIfAborted();
        own.CopyTo(byRank[0].Span);
    }

    public void Transfer(int from, IReadOnlyList<int> to, Memory<byte> data) => ThrowIfAborted();

    public void Abort(string reason)
    {
        _aborted ??= reason;
        _broken.Cancel();
    }

    public void Dispose()
    {
    }

    void ThrowIfAborted()
    {
        if (_aborted is { } reason)
            throw new ExchangeException(-1, reason);
    }
}
