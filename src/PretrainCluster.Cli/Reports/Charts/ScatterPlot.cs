namespace PretrainCluster.Cli.Reports.Charts;

/// <summary>Clips in two dimensions, a mark per clip in its class's colour and shape.</summary>
public static class ScatterPlot
{
    /// <summary>Marks of a plot at most.</summary>
    public const int MostMarks = 2000;

    const int Drawing = 460, Margin = 12;

    /// <param name="points">[x, y] per clip</param>
    public static Html Draw(IReadOnlyList<float[]> points, IReadOnlyList<int> labels, string title)
    {
        var every = (points.Count + MostMarks - 1) / MostMarks;
        var shown = Enumerable.Range(0, points.Count)
            .Where(i => i % Math.Max(1, every) == 0 && points[i] is [var x, var y] && float.IsFinite(x) && float.IsFinite(y)).ToList();
        if (shown.Count == 0)
            return Html.Of($"""<p class="none">no clip to show</p>""");

        var (left, right) = (shown.Min(i => points[i][0]), shown.Max(i => points[i][0]));
        var (bottom, top) = (shown.Min(i => points[i][1]), shown.Max(i => points[i][1]));
        var scale = (Drawing - 2 * Margin) / (double)Math.Max(Math.Max(right - left, top - bottom), 1e-9f);
        var (middleX, middleY) = ((left + right) / 2.0, (bottom + top) / 2.0);

        return Html.Of(
            $"""
            <svg class="scatter" viewBox="0 0 {Drawing} {Drawing}" role="img" aria-label="{title}">
            <rect class="plane" width="{Drawing}" height="{Drawing}" rx="6"/>
            {Html.Each(shown.GroupBy(i => labels[i]).OrderBy(g => g.Key), g => Html.Of($"""<g data-class="{g.Key}" fill="{ClassMarks.Color(g.Key)}">{Html.Each(g, i => Mark(points[i], g.Key))}</g>"""))}
            </svg>
            """);

        Html Mark(float[] point, int label) =>
            Html.Of($"""<path d="{ClassMarks.Shape(label)}" transform="translate({Drawing / 2.0 + (point[0] - middleX) * scale} {Drawing / 2.0 - (point[1] - middleY) * scale})"/>""");
    }

    /// <summary>Names beside their marks; pointing at one fades the others.</summary>
    public static Html Legend(IEnumerable<int> labels, Func<int, string> nameOf) =>
        Html.Of($"""<ul class="legend">{Html.Each(labels, label => Html.Of($"""<li data-class="{label}"><svg viewBox="-5 -5 10 10"><path d="{ClassMarks.Shape(label)}" fill="{ClassMarks.Color(label)}"/></svg>{nameOf(label)}</li>"""))}</ul>""");
}

/// <summary>A colour and a shape per class: ten colours that hold on light and dark, then the next shape, so that sixty classes stay apart.</summary>
public static class ClassMarks
{
    static readonly string[] Colors = ["#4e79a7", "#f28e2b", "#e15759", "#59a14f", "#b07aa1", "#76b7b2", "#d9b320", "#ff8f9c", "#9c755f", "#8a94a6"];
    static readonly string[] Shapes = ["M-3 0a3 3 0 1 0 6 0a3 3 0 1 0-6 0z", "M-2.7-2.7h5.4v5.4h-5.4z", "M0-3.7L3.5 2.6h-7z", "M0-4L3.2 0L0 4L-3.2 0z", "M-1.1-3.6h2.2v2.5h2.5v2.2h-2.5v2.5h-2.2v-2.5h-2.5v-2.2h2.5z", "M0 3.7L3.5-2.6h-7z"];

    public static string Color(int label) => Colors[Math.Max(0, label) % Colors.Length];

    /// <summary>The shape's outline around (0, 0), as SVG path data.</summary>
    public static string Shape(int label) => Shapes[Math.Max(0, label) / Colors.Length % Shapes.Length];
}
