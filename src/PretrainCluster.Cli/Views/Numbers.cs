namespace PretrainCluster.Cli.Views;

/// <summary>How figures are written, everywhere the same.</summary>
public static class Numbers
{
    static readonly CultureInfo Culture = CultureInfo.InvariantCulture;

    /// <summary>Four significant digits; e.g. 0.1235, 12.35, 1.235e-06.</summary>
    public static string Short(double value) =>
        !double.IsFinite(value) ? value.ToString(Culture)
        : value == 0 ? "0"
        : Math.Abs(value) is >= 1e-3 and < 1e5 ? value.ToString(Math.Abs(value) switch { >= 1000 => "0", >= 100 => "0.0", >= 10 => "0.00", >= 1 => "0.000", >= 0.1 => "0.0000", >= 0.01 => "0.00000", _ => "0.000000" }, Culture)
        : value.ToString("0.000e+00", Culture);

    /// <summary>With a separator between thousands.</summary>
    public static string Count(long value) => value.ToString("#,0", Culture);

    public static string Rate(double value) => value.ToString(value >= 100 ? "#,0" : "0.0", Culture);

    public static string Fixed(double value, int digits) => value.ToString("F" + digits.ToString(Culture), Culture);

    /// <summary>At most so many decimals, and no zeros at their end: "4", "0.25".</summary>
    public static string AtMost(double value, int digits) => value.ToString("0." + new string('#', digits), Culture);

    public static string Signed(double value) => value.ToString("+0.0;-0.0;0.0", Culture);

    /// <summary>"67.2 ± 1.1", or the mean alone where there is one value.</summary>
    public static string MeanAndInterval(Measurement? measurement) =>
        measurement is null ? "" : measurement.Values.Count > 1 ? $"{Fixed(measurement.Mean, 1)} ± {Fixed(measurement.Interval, 1)}" : Fixed(measurement.Mean, 1);

    /// <summary>"kNN on training clips after epoch 12: k = 10 45.1 %, k = 20 44.0 %".</summary>
    public static string Monitor(MonitorMetrics metrics) =>
        $"kNN on training clips after epoch {Fixed(metrics.Epoch, 1)}: {string.Join(", ", metrics.Values.Select(value => $"k = {value.Neighbours} {Fixed(value.Accuracy, 1)} %"))}";

    /// <summary>The first twelve digits of a digest.</summary>
    public static string Digest(string? sha256) => sha256 is null ? "" : sha256.Length > 12 ? sha256[..12] : sha256;

    /// <summary>"0:42", "12:03", "3:04:05", "2 d 3 h".</summary>
    public static string Duration(TimeSpan time) =>
        time < TimeSpan.Zero ? "0:00"
        : time.TotalHours < 1 ? time.ToString(@"m\:ss", Culture)
        : time.TotalDays < 1 ? time.ToString(@"h\:mm\:ss", Culture)
        : string.Create(Culture, $"{(int)time.TotalDays} d {time.Hours} h");

    /// <summary>"85.2 ms", "1.25 s"; nothing for 0.</summary>
    public static string Seconds(double seconds) =>
        seconds <= 0 ? "" : seconds < 1 ? $"{Fixed(1000 * seconds, seconds < 0.1 ? 1 : 0)} ms" : $"{Fixed(seconds, 2)} s";

    public static string Bytes(long bytes) =>
        bytes >= 1L << 30 ? $"{Fixed(bytes / (double)(1L << 30), 1)} GiB"
        : bytes >= 1L << 20 ? $"{Fixed(bytes / (double)(1L << 20), 1)} MiB"
        : $"{Fixed(bytes / 1024.0, 1)} KiB";
}

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
