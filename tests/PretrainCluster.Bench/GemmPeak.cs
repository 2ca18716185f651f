using System.Diagnostics;

namespace PretrainCluster.Bench;

/// <summary>What one thread reaches in matrix products of this libtorch's BLAS, by the best call.</summary>
static class GemmPeak
{
    public static readonly (long M, long K, long N)[] Shapes = [(1024, 1024, 1024), (2048, 2048, 2048), (3000, 256, 768), (3000, 256, 1024), (3000, 1024, 256)];

    /// <returns>operations a second</returns>
    public static double Measure((long M, long K, long N) shape, double seconds)
    {
        using var scope = NewDisposeScope();
        using var _ = no_grad();
        var (left, right) = (randn(shape.M, shape.K), randn(shape.K, shape.N));
        var best = double.PositiveInfinity;
        var began = Stopwatch.GetTimestamp();
        while (Stopwatch.GetElapsedTime(began).TotalSeconds < seconds)
        {
            var start = Stopwatch.GetTimestamp();
            left.mm(right).Dispose();
            best = Math.Min(best, Stopwatch.GetElapsedTime(start).TotalSeconds);
        }
        return 2.0 * shape.M * shape.K * shape.N / best;
    }
}
