namespace PretrainCluster.Core.Summation;

/// <summary>Which micro-batches a rank computes, or which part of a vector it adds up: contiguous ranges whose sizes differ by one at most.</summary>
public static class Shares
{
    /// <returns>[Start, End) of <paramref name="total"/> that belongs to <paramref name="rank"/></returns>
    public static (int Start, int End) Of(int rank, int worldSize, int total)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(rank);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(rank, worldSize);
        return ((int)((long)total * rank / worldSize), (int)((long)total * (rank + 1) / worldSize));
    }
}
