using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace PretrainCluster.Skeletons.Views;

/// <summary>
/// Applies a <see cref="LinearMap"/> to interleaved xyz without taking the axes apart. A coordinate of axis r is the sum over axes k of map[r, k] times the
/// value k - r places further on, so five shifted loads per vector do it, with coefficients that recur every three vectors.
/// </summary>
readonly ref struct LinearMapKernel
{
    /// <summary>Floats that must be readable before the first and after the last value; what they hold does not matter as long as it is finite.</summary>
    public const int Margin = 2;

    const int Shifts = 2 * Margin + 1;

    /// <summary>Floats of the coefficients.</summary>
    public static int CoefficientCount => 3 * Shifts * Vector<float>.Count;

    readonly LinearMap _map;
    readonly ReadOnlySpan<float> _coefficients;

    /// <param name="map">The map.</param>
    /// <param name="coefficients">Room for <see cref="CoefficientCount"/> floats.</param>
    public LinearMapKernel(LinearMap map, Span<float> coefficients)
    {
        _map = map;
        var width = Vector<float>.Count;
        for (var phase = 0; phase < 3; phase++)
        {
            for (var lane = 0; lane < width; lane++)
            {
                var row = (phase * width + lane) % 3;
                for (var shift = 0; shift < Shifts; shift++)
                {
                    var column = row + shift - Margin;
                    coefficients[(phase * Shifts + shift) * width + lane] = column is >= 0 and < 3 ? map[row, column] : 0;
                }
            }
        }
        _coefficients = coefficients;
    }

    /// <param name="source">The values with a <see cref="Margin"/> at both ends; starts at an x.</param>
    /// <param name="destination">Not overlapping the source.</param>
    public void Apply(ReadOnlySpan<float> source, Span<float> destination)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(source.Length, destination.Length + 2 * Margin);
        var width = Vector<float>.Count;
        ref var from = ref MemoryMarshal.GetReference(source);
        ref var to = ref MemoryMarshal.GetReference(destination);
        ref var coefficients = ref MemoryMarshal.GetReference(_coefficients);
        var i = 0;
        for (var phase = 0; i <= destination.Length - width; i += width, phase = phase == 2 ? 0 : phase + 1)
        {
            ref var factor = ref Unsafe.Add(ref coefficients, phase * Shifts * width);
            var sum = Vector.LoadUnsafe(ref factor) * Vector.LoadUnsafe(ref from, (nuint)i);
            for (var shift = 1; shift < Shifts; shift++)
                sum = Vector.FusedMultiplyAdd(Vector.LoadUnsafe(ref factor, (nuint)(shift * width)), Vector.LoadUnsafe(ref from, (nuint)(i + shift)), sum);
            sum.StoreUnsafe(ref to, (nuint)i);
        }
        // The same products in the same order as above, so a value does not depend on the width of a vector.
        for (; i < destination.Length; i++)
        {
            var row = i % 3;
            ref var joint = ref Unsafe.Add(ref from, i - row + Margin);
            var sum = _map[row, 0] * joint;
            sum = MathF.FusedMultiplyAdd(_map[row, 1], Unsafe.Add(ref joint, 1), sum);
            Unsafe.Add(ref to, i) = MathF.FusedMultiplyAdd(_map[row, 2], Unsafe.Add(ref joint, 2), sum);
        }
    }
}
