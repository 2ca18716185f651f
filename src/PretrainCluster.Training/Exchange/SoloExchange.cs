namespace PretrainCluster.Training.Exchange;

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
