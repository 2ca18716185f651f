namespace PretrainCluster.Cli.Reports.Charts;

/// <summary>A confusion matrix: a row per true class, a column per predicted one, darker for a larger share of the row. Hits and errors have a colour each.</summary>
public static class HeatMap
{
    const int Drawing = 460, MostNamed = 40;

    /// <param name="counts">[true][predicted], square</param>
    public static Html Draw(int[][] counts, Func<int, string> nameOf, string title)
    {
        var classes = counts.Length;
        var names = classes <= MostNamed;
        var margin = names ? 118 : 34;
        var cell = (Drawing - margin) / (double)classes;
        var font = Math.Min(10.5, cell * 0.9);

        return Html.Of(
            $"""
            <svg class="heat" viewBox="0 0 {Drawing} {Drawing}" role="img" aria-label="{title}">
            <rect class="plane" x="{margin}" y="{margin}" width="{Drawing - margin}" height="{Drawing - margin}"/>
            {Html.Each(Enumerable.Range(0, classes), row => Row(counts[row], row, margin, cell, nameOf))}
            {Html.Each(Enumerable.Range(0, classes).Where(c => names || c % 10 == 0), c => Names(c, names ? Shorten(nameOf(c)) : $"{c}", margin, cell, font))}
            </svg>
            """);
    }

    static Html Row(int[] counts, int row, int margin, double cell, Func<int, string> nameOf)
    {
        var total = counts.Sum();
        return Html.Each(Enumerable.Range(0, counts.Length).Where(column => counts[column] > 0), column =>
        {
            var share = counts[column] / (double)total;
            return Html.Of($"""<rect class="{(row == column ? "hit" : "miss")}" x="{margin + column * cell}" y="{margin + row * cell}" width="{cell}" height="{cell}" fill-opacity="{Math.Sqrt(share)}"><title>{nameOf(row)} taken for {nameOf(column)}: {counts[column]} of {total} ({Numbers.Fixed(100 * share, 1)} %)</title></rect>""");
        });
    }

    static Html Names(int at, string name, int margin, double cell, double font)
    {
        var middle = margin + (at + 0.5) * cell;
        return Html.Of(
            $"""
            <text class="tick" style="font-size:{font}px" x="{margin - 5}" y="{middle + font * 0.35}" text-anchor="end">{name}</text>
            <text class="tick" style="font-size:{font}px" transform="translate({middle + font * 0.35} {margin - 5}) rotate(-90)">{name}</text>
            """);
    }

    static string Shorten(string name) => name.Length <= 20 ? name : name[..19] + "…";
}
