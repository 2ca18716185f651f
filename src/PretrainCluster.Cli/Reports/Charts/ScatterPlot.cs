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
