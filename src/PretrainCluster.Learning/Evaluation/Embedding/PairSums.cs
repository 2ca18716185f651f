using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace PretrainCluster.Learning.Evaluation.Embedding;

/// <summary>The sums over all other points that a t-SNE gradient needs, always four at a time, so that every machine adds in the same order.</summary>
static class PairSums
{
    public const int Width = 4;

    /// <param name="Kernel">sum of q = 1 / (1 + distance^2), the point itself included</param>
    /// <param name="AttractionX">sum of p q (x - x')</param>
    /// <param name="RepulsionX">sum of q^2 (x - x')</param>
    public readonly record struct Row(double Kernel, double AttractionX, double AttractionY, double RepulsionX, double RepulsionY);

    public static Row Of(ReadOnlySpan<double> x, ReadOnlySpan<double> y, int point, ReadOnlySpan<double> affinities)
    {
        var xs = MemoryMarshal.Cast<double, Vector256<double>>(x);
        var ys = MemoryMarshal.Cast<double, Vector256<double>>(y);
        var ps = MemoryMarshal.Cast<double, Vector256<double>>(affinities);
        var (ownX, ownY) = (Vector256.Create(x[point]), Vector256.Create(y[point]));
        Vector256<double> kernel = default, attractionX = default, attractionY = default, repulsionX = default, repulsionY = default;
        for (var i = 0; i < xs.Length; i++)
        {
            var dx = ownX - xs[i];
            var dy = ownY - ys[i];
            var q = Vector256<double>.One / (Vector256<double>.One + dx * dx + dy * dy);
            var attraction = ps[i] * q;
            var repulsion = q * q;
            kernel += q;
            attractionX += attraction * dx;
            attractionY += attraction * dy;
            repulsionX += repulsion * dx;
            repulsionY += repulsion * dy;
        }
        return new(Vector256.Sum(kernel), Vector256.Sum(attractionX), Vector256.Sum(attractionY), Vector256.Sum(repulsionX), Vector256.Sum(repulsionY));
    }
}
