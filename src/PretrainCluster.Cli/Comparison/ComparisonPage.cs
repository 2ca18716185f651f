namespace PretrainCluster.Cli.Comparison;

/// <summary>A comparison as a page of its own: the table, a drawing of each figure's intervals, and the digests it stands on.</summary>
static class ComparisonPage
{
    const int Width = 180, RowHeight = 13;

    public static Html Render(MethodComparison comparison, DateTimeOffset now) => ReportPage.Page("Comparison", Html.Of(
        $"""
        <h1>Comparison</h1>
        <p class="lead">{string.Join(", ", comparison.Methods.Skip(1).Select(method => method.Name))} beside {comparison.Methods[0].Name}</p>
        {ReportPage.Section("Figures", Figures(comparison))}
        {ReportPage.Section("Runs", Runs(comparison))}
        """), now);

    static Html Figures(MethodComparison comparison) => Html.Of(
        $"""
        <p class="note">{Html.Each(comparison.Methods.Select((method, i) => (method.Name, i)), m => Html.Of($"""<svg class="mark" viewBox="-5 -5 10 10"><circle r="4" fill="{ClassMarks.Color(m.i)}"/></svg>{m.Name} """))}</p>
        <div class="scroll"><table class="figures compared">
        <thead><tr><th>protocol, figure</th><th>intervals</th>{Html.Each(comparison.Methods.Select((method, i) => (method.Name, i)), m => Html.Of($"""<th class="number">{m.Name}</th>{(m.i > 0 ? Html.Of($"""<th class="number">difference</th><th class="number">p</th>""") : Html.Empty)}"""))}</tr></thead>
        {Html.Each(comparison.Figures.GroupBy(figure => (figure.Title, figure.Data)), Group)}
        </table></div>
        {Html.Each(ComparisonTable.Notes(comparison), note => Html.Of($"""<p class="note">{note}</p>"""))}
        """);

    static Html Group(IEnumerable<ComparedFigure> figures)
    {
        var rows = figures.ToList();
        return Html.Of(
            $"""
            <tbody>
            <tr><th colspan="{3 * rows[0].Cells.Count}" scope="rowgroup">{rows[0].Title} <span class="note">{rows[0].Data}</span></th></tr>
            {Html.Each(rows, row => Html.Of($"""<tr><td>{row.Name}</td><td>{Intervals(row)}</td>{Html.Each(row.Cells.Select((cell, i) => (cell, i)), c => Cell(c.cell, c.i))}</tr>"""))}
            </tbody>

            """);
    }

    static Html Cell(ComparedCell cell, int method) => method == 0
        ? Html.Of($"""<td class="number strong">{Numbers.MeanAndInterval(cell.Figure)}</td>""")
        : Html.Of($"""<td class="number strong">{Numbers.MeanAndInterval(cell.Figure)}</td><td class="number {Direction(cell.Difference)}">{ComparisonTable.Difference(cell.Difference)}</td><td class="number">{ComparisonTable.Chance(cell.Difference)}</td>""");

    // A colour where the interval leaves 0 out.
    static string Direction(PairedDifference? difference) => difference is { Low: > 0 } ? "up" : difference is { High: < 0 } ? "down" : "";

    static Html Intervals(ComparedFigure figure)
    {
        var (low, high) = (figure.Cells.Min(cell => cell.Figure.Mean - cell.Figure.Interval), figure.Cells.Max(cell => cell.Figure.Mean + cell.Figure.Interval));
        var (from, range) = high - low > 1e-9 ? (low, high - low) : (low - 1, 2.0);
        return Html.Of(
            $"""
            <svg class="intervals" viewBox="0 0 {Width} {RowHeight * figure.Cells.Count}" style="width:{Width}px" role="img" aria-label="{figure.Name}">
            {Html.Each(figure.Cells.Select((cell, i) => (cell.Figure, i)), c => Html.Of($"""<line x1="{At(c.Figure.Mean - c.Figure.Interval)}" x2="{At(c.Figure.Mean + c.Figure.Interval)}" y1="{Y(c.i)}" y2="{Y(c.i)}" stroke="{ClassMarks.Color(c.i)}" stroke-width="2"/><circle cx="{At(c.Figure.Mean)}" cy="{Y(c.i)}" r="3.5" fill="{ClassMarks.Color(c.i)}"/>"""))}
            </svg>
            """);

        double At(double percent) => Math.Round(5 + (Width - 10) * (percent - from) / range, 1);

        static double Y(int row) => RowHeight * (row + 0.5);
    }

    static Html Runs(MethodComparison comparison) => Html.Of(
        $"""
        <div class="scroll"><table class="plain">
        <thead><tr><th>method</th><th>run</th><th class="number">seed</th><th>checkpoint</th></tr></thead>
        {Html.Each(comparison.Methods.SelectMany(method => method.Runs.Select(run => (method.Name, Run: run))), r => Html.Of($"""<tr><td>{r.Name}</td><td>{r.Run.Name}</td><td class="number">{r.Run.Seed}</td><td class="digest">{r.Run.Checkpoint}</td></tr>"""))}
        </table></div>
        """);
}

/// <summary>A comparison as lines of text.</summary>
static class ComparisonTable
{
    public static void Write(MethodComparison comparison, TextWriter output)
    {
        var methods = comparison.Methods;
        var table = new TextTable(["protocol", "figure", .. methods.SelectMany((method, i) => i == 0 ? new[] { method.Name } : [method.Name, "difference", "p"])])
            .AlignRight([.. Enumerable.Range(2, 3 * methods.Count - 2)]);
        foreach (var figure in comparison.Figures)
            table.Add([figure.Title, figure.Name, .. figure.Cells.SelectMany((cell, i) => i == 0
                ? new[] { Numbers.MeanAndInterval(cell.Figure) }
                : [Numbers.MeanAndInterval(cell.Figure), Difference(cell.Difference), Chance(cell.Difference)])]);
        table.Write(output);
        foreach (var line in Notes(comparison))
            output.WriteLine(line);
    }

    /// <summary>"+4.2 [1.1, 7.3]", in points.</summary>
    public static string Difference(PairedDifference? difference) =>
        difference is null ? "" : $"{Numbers.Signed(difference.Mean)} [{Numbers.Signed(difference.Low)}, {Numbers.Signed(difference.High)}]";

    public static string Chance(PairedDifference? difference) => difference is null ? "" : difference.P < 0.001 ? "< 0.001" : Numbers.Fixed(difference.P, 3);

    /// <summary>What the columns mean, and what was left out.</summary>
    public static IEnumerable<string> Notes(MethodComparison comparison)
    {
        yield return $"Per cent; ± is half the width of the 95 % interval of the mean, over the pretraining seeds where a column stands for several runs, else over the protocol's. Differences are from {comparison.Methods[0].Name}.";
        foreach (var test in comparison.Figures.SelectMany(figure => figure.Cells).Select(cell => cell.Difference?.Test).OfType<PairedTest>().Distinct().Order())
            yield return test switch
            {
                PairedTest.StudentOverSeeds => "p and interval: paired t-test over the pretraining seeds.",
                PairedTest.McNemarOverClips => "p: McNemar's exact test over the test clips; interval: paired bootstrap over them. Neither covers another pretraining: name several seeds for that, as a,b,c.",
                _ => "p: randomisation test over the test clips, each clip's answers of all seeds together; interval: paired bootstrap over them. Neither covers another pretraining: name several seeds for that, as a,b,c.",
            };
        if (comparison.Figures.Any(figure => figure.Cells.Skip(1).Any(cell => cell.Difference is null)))
            yield return "No test where the runs' seeds are not the same, where the protocol classifies no clip, and for results of a release that did not record which clips were right.";
        foreach (var line in comparison.Left)
            yield return line;
    }
}
