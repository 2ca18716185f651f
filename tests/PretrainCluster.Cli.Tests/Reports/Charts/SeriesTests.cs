using PretrainCluster.Cli.Reports.Charts;

namespace PretrainCluster.Cli.Tests.Reports.Charts;

public class SeriesTests
{
    [Fact]
    public void Downsample_LongCurve_KeepsItsSpikes()
    {
        var points = Enumerable.Range(0, 100_000).Select(i => new Point(i, i == 77_777 ? 50 : i == 12_345 ? -50 : Math.Sin(i))).ToList();

        var kept = Series.Downsample(points, 2000);

        Assert.InRange(kept.Count, 1000, 2000);
        Assert.Contains(new Point(77_777, 50), kept);
        Assert.Contains(new Point(12_345, -50), kept);
        Assert.Equal(kept.OrderBy(p => p.X), kept);
    }

    [Fact]
    public void Downsample_ShortCurve_LeavesItAsItIs()
    {
        Point[] points = [new(0, 1), new(1, 2)];
        Assert.Same(points, Series.Downsample(points, 2000));
    }

    [Fact]
    public void Thin_LongCurve_EndsWithItsLastPoint()
    {
        var kept = Series.Thin([.. Enumerable.Range(0, 1001).Select(i => new Point(i, i))], 100);

        Assert.Equal(100, kept.Count);
        Assert.Equal(1000, kept[^1].X);
    }

    [Fact]
    public void Smooth_ConstantCurve_StaysConstantFromItsFirstPoint() =>
        Assert.All(Series.Smooth([.. Enumerable.Range(0, 50).Select(i => new Point(i, 3))], 10), p => Assert.Equal(3, p.Y, 12));

    [Fact]
    public void Smooth_StraightLine_DoesNotLag() =>
        Assert.All(Series.Smooth([.. Enumerable.Range(0, 50).Select(i => new Point(i, 2 * i))], 10), p => Assert.Equal(2 * p.X, p.Y, 9));

    [Fact]
    public void Smooth_NoisyCurve_VariesLess()
    {
        var random = new Random(1);
        var noisy = Enumerable.Range(0, 1000).Select(i => new Point(i, random.NextDouble())).ToList();

        var smooth = Series.Smooth(noisy, 100).Skip(50).Take(900).Select(p => p.Y).ToList();

        Assert.InRange(smooth.Max() - smooth.Min(), 0.01, 0.3);
    }
}
