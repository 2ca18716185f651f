namespace PretrainCluster.Core.Summation;

/// <summary>Values of one micro-batch, or their sum over several. Pinned, so that a tensor may view it.</summary>
public sealed class SumBuffer
{
    internal SumBuffer(int values, int totals)
    {
        Values = GC.AllocateUninitializedArray<float>(values, pinned: true);
        Totals = new double[totals];
    }

    /// <summary>Gradients.</summary>
    public float[] Values { get; }

    /// <summary>Losses, counts, metrics.</summary>
    public double[] Totals { get; }

    /// <summary>Adds element by element. Addition of two numbers is the same in either order, so which side is the target does not matter.</summary>
    internal void Add(SumBuffer other)
    {
        VectorSum.Add(Values, other.Values, Values);
        for (var i = 0; i < Totals.Length; i++)
            Totals[i] += other.Totals[i];
    }
}
