namespace PretrainCluster.Cli.Reports.Charts;

public readonly record struct Point(double X, double Y);

/// <summary>Makes long curves short enough to draw.</summary>
public static class Series
{
    /// <summary>At most <paramref name="most"/> points: of every stretch the lowest and the highest, so that no spike is lost.</summary>
    public static IReadOnlyList<Point> Downsample(IReadOnlyList<Point> points, int most)
    {
        if (points.Count <= most)
            return points;

        var stretches = most / 2;
        var kept = new List<Point>(2 * stretches);
        for (var s = 0; s < stretches; s++)
        {
            var (from, to) = (Boundary(s), Boundary(s + 1));
            var (low, high) = (from, from);
            for (var i = from + 1; i < to; i++)
            {
                if (points[i].Y < points[low].Y)
                    low = i;
                if (points[i].Y > points[high].Y)
                    high = i;
            }

            kept.Add(points[Math.Min(low, high)]);
            if (low != high)
                kept.Add(points[Math.Max(low, high)]);
        }

        return kept;

        int Boundary(int stretch) => (int)((long)stretch * points.Count / stretches);
    }

    /// <summary>Evenly spaced points, the last one among them.</summary>
    public static IReadOnlyList<Point> Thin(IReadOnlyList<Point> points, int most) =>
        points.Count <= most ? points : [.. Enumerable.Range(1, most).Select(i => points[(int)((long)i * points.Count / most) - 1])];

    /// <summary>Mean over about <paramref name="window"/> points around each; near the ends over fewer, but as many on either side, so that the curve neither lags nor bends.</summary>
    public static IReadOnlyList<Point> Smooth(IReadOnlyList<Point> points, int window)
    {
        var sums = new double[points.Count + 1];
        for (var i = 0; i < points.Count; i++)
            sums[i + 1] = sums[i] + points[i].Y;

        return [.. points.Select((point, i) =>
        {
            var reach = Math.Min(window / 2, Math.Min(i, points.Count - 1 - i));
            return point with { Y = (sums[i + reach + 1] - sums[i - reach]) / (2 * reach + 1) };
        })];
    }
}
