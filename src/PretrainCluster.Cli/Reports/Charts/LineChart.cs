using System.Text;
using System.Text.Json;

namespace PretrainCluster.Cli.Reports.Charts;

/// <summary>A curve over epochs as SVG: what was measured thin, its smoothed course over it.</summary>
/// <param name="Title">what it shows, also for screen readers</param>
/// <param name="Width">of the drawing, in its own units</param>
public sealed record LineChart(string Title, int Width, int Height)
{
    /// <summary>Points of a curve at most.</summary>
    public const int MostPoints = 2000;

    const int MostReadings = 400, Left = 56, Right = 10, Top = 10, Bottom = 34;

    public string Value { get; init; } = "value";

    public bool Logarithmic { get; init; }

    /// <summary>Points of the smoothing's window; 1 draws the measured curve alone.</summary>
    public int Window { get; init; } = 1;

    /// <param name="points">x in epochs</param>
    /// <param name="labelOf">what the pointer shows at a point</param>
    public Html Draw(IReadOnlyList<Point> points, Func<Point, string> labelOf)
    {
        var drawn = points.Where(p => double.IsFinite(p.Y) && (!Logarithmic || p.Y > 0)).ToList();
        if (drawn.Count == 0)
            return Html.Of($"""<p class="none">{(Logarithmic ? "no value above zero" : "nothing was measured yet")}</p>""");

        var raw = Series.Downsample(drawn, MostPoints);
        var smooth = Window > 1 ? Series.Smooth(drawn, Window) : drawn;
        var (low, high) = (raw.Min(p => p.Y), raw.Max(p => p.Y));
        var across = Axis.Time(Math.Min(0, drawn[0].X), drawn[^1].X);
        var up = Logarithmic ? Axis.Logarithmic(low, high) : Axis.Linear(low, high);
        var readings = Series.Thin(smooth, MostReadings).Select(p => new object[] { Math.Round(X(across, p), 1), Math.Round(Y(up, p), 1), labelOf(p) });

        return Html.Of(
            $"""
            <svg class="chart" viewBox="0 0 {Width} {Height}" role="img" aria-label="{Title}" data-readings="{JsonSerializer.Serialize(readings)}">
            {Grid(across, up)}
            {(Window > 1 ? Html.Of($"""<path class="raw" d="{PathOf(raw, across, up)}"/>""") : Html.Empty)}
            <path class="smooth" d="{PathOf(Window > 1 ? Series.Thin(smooth, MostPoints) : raw, across, up)}"/>
            <text class="axis" x="{Left + (Width - Left - Right) / 2.0}" y="{Height - 3}" text-anchor="middle">epoch</text>
            </svg>
            """);
    }

    double X(Axis across, Point point) => Left + across.Position(point.X) * (Width - Left - Right);

    double Y(Axis up, Point point) => Height - Bottom - up.Position(point.Y) * (Height - Top - Bottom);

    Html Grid(Axis across, Axis up) => Html.Of(
        $"""
        {Html.Each(up.Ticks, t => Html.Of($"""<line class="grid" x1="{Left}" x2="{Width - Right}" y1="{Y(up, new(0, t))}" y2="{Y(up, new(0, t))}"/><text class="tick" x="{Left - 7}" y="{Y(up, new(0, t)) + 4}" text-anchor="end">{Axis.Label(t)}</text>"""))}
        {Html.Each(across.Ticks, t => Html.Of($"""<text class="tick" x="{X(across, new(t, 0))}" y="{Height - Bottom + 16}" text-anchor="middle">{Axis.Label(t)}</text>"""))}
        <line class="base" x1="{Left}" x2="{Width - Right}" y1="{Height - Bottom}" y2="{Height - Bottom}"/>
        """);

    string PathOf(IReadOnlyList<Point> points, Axis across, Axis up)
    {
        // One point alone has no line; a short one shows where it is.
        var path = new StringBuilder();
        foreach (var point in points.Count == 1 ? [points[0], points[0]] : points)
            path.Append(CultureInfo.InvariantCulture, $"{(path.Length == 0 ? 'M' : 'L')}{X(across, point):0.#} {Y(up, point):0.#}");
        return path.ToString();
    }
}
