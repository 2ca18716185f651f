using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace PretrainCluster.Core.Summation;

/// <summary>Adds floats element by element, several at a time.</summary>
public static class VectorSum
{
    /// <summary>sum = left + right. Any two of them may be the same memory, but may not overlap otherwise.</summary>
    public static void Add(ReadOnlySpan<float> left, ReadOnlySpan<float> right, Span<float> sum)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(right.Length, left.Length);
        ArgumentOutOfRangeException.ThrowIfNotEqual(sum.Length, left.Length);
        ref var l = ref MemoryMarshal.GetReference(left);
        ref var r = ref MemoryMarshal.GetReference(right);
        ref var s = ref MemoryMarshal.GetReference(sum);
        nuint i = 0, length = (nuint)left.Length, width = (nuint)Vector<float>.Count;
        for (; i + 4 * width <= length; i += 4 * width)
        {
            (Vector.LoadUnsafe(ref l, i) + Vector.LoadUnsafe(ref r, i)).StoreUnsafe(ref s, i);
            (Vector.LoadUnsafe(ref l, i + width) + Vector.LoadUnsafe(ref r, i + width)).StoreUnsafe(ref s, i + width);
            (Vector.LoadUnsafe(ref l, i + 2 * width) + Vector.LoadUnsafe(ref r, i + 2 * width)).StoreUnsafe(ref s, i + 2 * width);
            (Vector.LoadUnsafe(ref l, i + 3 * width) + Vector.LoadUnsafe(ref r, i + 3 * width)).StoreUnsafe(ref s, i + 3 * width);
        }
        for (; i < length; i++)
            Unsafe.Add(ref s, i) = Unsafe.Add(ref l, i) + Unsafe.Add(ref r, i);
    }
}
