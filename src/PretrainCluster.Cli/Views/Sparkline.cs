namespace PretrainCluster.Cli.Views;

/// <summary>A curve in one line of text, eight heights.</summary>
public static class Sparkline
{
    const string Heights = "▁▂▃▄▅▆▇█";

    /// <summary>At most <paramref name="width"/> characters; each is the mean of an equal share of the values.</summary>
    public static string Draw(IReadOnlyList<double> values, int width)
    {
        var columns = Math.Min(width, values.Count);
        if (columns <= 0)
            return "";

        var means = Enumerable.Range(0, columns).Select(c => Mean(values, c * values.Count / columns, (c + 1) * values.Count / columns)).ToList();
        var (low, high) = (means.Min(), means.Max());
        return string.Concat(means.Select(m => Heights[high > low ? (int)Math.Min(7, (m - low) / (high - low) * 8) : 0]));
    }

    static double Mean(IReadOnlyList<double> values, int from, int to)
    {
        var sum = 0.0;
        for (var i = from; i < to; i++)
            sum += values[i];
        return sum / (to - from);
    }
}
