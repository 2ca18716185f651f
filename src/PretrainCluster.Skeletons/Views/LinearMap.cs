using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace PretrainCluster.Skeletons.Views;

/// <summary>A 3 x 3 matrix that maps every joint's (x, y, z) as a column vector.</summary>
public readonly record struct LinearMap(
    float Xx, float Xy, float Xz,
    float Yx, float Yy, float Yz,
    float Zx, float Zy, float Zz)
{
    public static LinearMap Identity { get; } = new(1, 0, 0, 0, 1, 0, 0, 0, 1);

    /// <summary>Entry of a row and a column, 0 to 2.</summary>
    public float this[int row, int column] => (row * 3 + column) switch
    {
        0 => Xx,
        1 => Xy,
        2 => Xz,
        3 => Yx,
        4 => Yy,
        5 => Yz,
        6 => Zx,
        7 => Zy,
        8 => Zz,
        _ => throw new ArgumentOutOfRangeException(nameof(row)),
    };

    /// <summary>Rotation about x, then y, then z (Rz.Ry.Rx), with the signs of MAMP and AimCLR: a positive angle turns y towards -z, z towards -x, x towards -y.</summary>
    /// <param name="x">Radians.</param>
    /// <param name="y">Radians.</param>
    /// <param name="z">Radians.</param>
    public static LinearMap Rotation(double x, double y, double z)
    {
        var (sx, cx) = Math.SinCos(x);
        var (sy, cy) = Math.SinCos(y);
        var (sz, cz) = Math.SinCos(z);
        return new(
            (float)(cz * cy), (float)(cz * sy * sx + sz * cx), (float)(-cz * sy * cx + sz * sx),
            (float)(-sz * cy), (float)(-sz * sy * sx + cz * cx), (float)(sz * sy * cx + cz * sx),
            (float)sy, (float)(-cy * sx), (float)(cy * cx));
    }

    /// <summary>The map that applies <paramref name="first"/>, then <paramref name="second"/>.</summary>
    public static LinearMap Then(LinearMap first, LinearMap second)
    {
        Span<float> product = stackalloc float[9];
        for (var row = 0; row < 3; row++)
        {
            for (var column = 0; column < 3; column++)
                product[row * 3 + column] = second[row, 0] * first[0, column] + second[row, 1] * first[1, column] + second[row, 2] * first[2, column];
        }
        return new(product[0], product[1], product[2], product[3], product[4], product[5], product[6], product[7], product[8]);
    }
}

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
