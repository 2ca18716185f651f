using System.Numerics;
using System.Runtime.InteropServices;

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
        Add(Values, other.Values);
        for (var i = 0; i < Totals.Length; i++)
            Totals[i] += other.Totals[i];
    }

    static void Add(Span<float> target, ReadOnlySpan<float> source)
    {
        var targets = MemoryMarshal.Cast<float, Vector<float>>(target);
        var sources = MemoryMarshal.Cast<float, Vector<float>>(source);
        for (var i = 0; i < targets.Length; i++)
            targets[i] += sources[i];
        for (var i = targets.Length * Vector<float>.Count; i < target.Length; i++)
            target[i] += source[i];
    }
}
