namespace PretrainCluster.Cli.Reports.Charts;

/// <summary>Where a value lies between 0 and 1 along an axis, and which values to name.</summary>
public sealed class Axis
{
    const int TicksWanted = 5;

    readonly double low, high;
    readonly bool logarithmic;

    Axis(double low, double high, bool logarithmic, IReadOnlyList<double> ticks)
    {
        (this.low, this.high, this.logarithmic) = (low, high, logarithmic);
        Ticks = ticks;
    }

    public IReadOnlyList<double> Ticks { get; }

    /// <summary>From a round number at or below <paramref name="low"/> to one at or above <paramref name="high"/>.</summary>
    public static Axis Linear(double low, double high)
    {
        if (!(high > low))
            (low, high) = low == 0 ? (0, 1) : (low - Math.Abs(low) / 2, low + Math.Abs(low) / 2);

        var step = RoundStep((high - low) / TicksWanted);
        var (first, last) = (Math.Floor(low / step + 1e-9), Math.Ceiling(high / step - 1e-9));
        return new Axis(first * step, last * step, false, [.. Enumerable.Range(0, (int)(last - first) + 1).Select(i => (first + i) * step)]);
    }

    /// <summary>As <see cref="Linear"/>, but ending exactly at <paramref name="high"/>, for an axis of time.</summary>
    public static Axis Time(double low, double high)
    {
        var axis = Linear(low, high);
        return high > low ? new Axis(low, high, false, [.. axis.Ticks.Where(t => t >= low && t <= high * (1 + 1e-9))]) : axis;
    }

    /// <summary>For values above zero; named are 1, 2 and 5 times the powers of ten, or the powers alone where that is too many.</summary>
    public static Axis Logarithmic(double low, double high)
    {
        if (!(high > low))
            (low, high) = (low / 2, low * 2);

        var (first, last) = ((int)Math.Floor(Math.Log10(low)), (int)Math.Ceiling(Math.Log10(high)));
        var every = Math.Max(1, (last - first) / 6);
        var ticks = Enumerable.Range(first, last - first + 1).Where(p => (p - first) % every == 0)
            .SelectMany(p => (last - first <= 3 ? [1, 2, 5] : new[] { 1 }).Select(m => m * Math.Pow(10, p)))
            .Where(t => t >= low * 0.999 && t <= high * 1.001).ToList();
        return new Axis(low, high, true, ticks);
    }

    public double Position(double value) =>
        logarithmic ? (Math.Log(value) - Math.Log(low)) / (Math.Log(high) - Math.Log(low)) : (value - low) / (high - low);

    public static string Label(double tick) =>
        tick == 0 ? "0"
        : Math.Abs(tick) is >= 1e-3 and < 1e5 ? tick.ToString("0.######", CultureInfo.InvariantCulture)
        : tick.ToString("0.##e0", CultureInfo.InvariantCulture);

    static double RoundStep(double rough)
    {
        var power = Math.Pow(10, Math.Floor(Math.Log10(rough)));
        return (rough / power) switch { <= 1 => 1, <= 2 => 2, <= 2.5 => 2.5, <= 5 => 5, _ => 10 } * power;
    }
}
