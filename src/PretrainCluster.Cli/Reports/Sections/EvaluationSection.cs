namespace PretrainCluster.Cli.Reports.Sections;

/// <summary>Every figure beside its control's, and below what it takes to trust them: protocol, data, seeds, digests.</summary>
static class EvaluationSection
{
    const int BarWidth = 190;

    public static Html Render(RunReport report)
    {
        if (report.Evaluations.Count == 0)
            return ReportPage.Section("Evaluation", Html.Of($"""<p class="none">Nothing was evaluated yet.</p>"""));

        var rows = EvaluationComparison.Rows(report.Evaluations);
        var control = EvaluationComparison.ControlTitle(rows);
        var groups = rows.GroupBy(r => (r.Title, r.Dataset, r.Split, r.Description, r.WeightsSha256));
        return ReportPage.Section("Evaluation", Html.Of(
            $"""
            <div class="scroll"><table class="figures">
            <thead><tr><th>protocol, figure</th><th class="number">{control}</th><th class="number">pretrained</th><th class="number">gain</th><th><span class="key control"></span>{control} <span class="key pretrained"></span>pretrained</th></tr></thead>
            {Html.Each(groups, g => Group([.. g]))}
            </table></div>
            <p class="note">Per cent; mean ± half the width of the 95 % confidence interval of the mean over the seeds. Bars run from 0 to 100 %.</p>
            <details><summary>Seeds, data and digests of every figure</summary>{Html.Each(EvaluationComparison.InOrder(report.Evaluations), Provenance)}</details>
            """));
    }

    static Html Group(IReadOnlyList<ComparisonRow> rows) => Html.Of(
        $"""
        <tbody>
        <tr><th colspan="5" scope="rowgroup">{rows[0].Protocol} <span class="version">v{rows[0].Version}</span> <span class="note">{(rows[0].Stage is { } stage ? $"stage {stage}; " : "")}{(rows[0].IsTransfer ? "transfer to " : "")}{rows[0].Dataset}, {rows[0].Split}; {rows[0].Description}</span></th></tr>
        {Html.Each(rows, Cells)}
        </tbody>

        """);

    static Html Cells(ComparisonRow row) => Html.Of(
        $"""<tr><td>{row.Figure}</td><td class="number">{Numbers.MeanAndInterval(row.Control)}</td><td class="number strong">{Numbers.MeanAndInterval(row.Pretrained)}</td><td class="number {(row.Gain is > 0 ? "up" : row.Gain is < 0 ? "down" : "")}">{(row.Gain is { } gain ? Numbers.Signed(gain) : "")}</td><td>{Bars(row)}</td></tr>""");

    static Html Bars(ComparisonRow row) => Html.Of(
        $"""<svg class="bars" viewBox="0 0 {BarWidth} 18" role="img" aria-label="{row.Figure}">{Bar(row.Control, 1, "control")}{Bar(row.Pretrained, 9.5, "pretrained")}</svg>""");

    static Html Bar(Measurement? measurement, double top, string kind)
    {
        if (measurement is null || !double.IsFinite(measurement.Mean))
            return Html.Empty;

        var (from, to) = (At(measurement.Mean - measurement.Interval), At(measurement.Mean + measurement.Interval));
        return Html.Of(
            $"""<rect class="{kind}" y="{top}" width="{At(measurement.Mean)}" height="7" rx="1.5"/>{(to - from > 1 ? Html.Of($"""<line class="whisker" x1="{from}" x2="{to}" y1="{top + 3.5}" y2="{top + 3.5}"/>""") : Html.Empty)}""");
    }

    static double At(double percent) => Math.Clamp(double.IsFinite(percent) ? percent : 0, 0, 100) / 100 * BarWidth;

    static Html Provenance(EvaluationResult result) => Html.Of(
        $"""
        <table class="facts">
        <caption>{result.Protocol} v{result.Version}, {result.Subject()}</caption>
        <tr><th>what was done</th><td>{result.Description}</td></tr>
        {(result.Settings is { } settings ? Html.Of($"""<tr><th>not as the protocol has it</th><td>{settings}</td></tr>""") : Html.Empty)}
        <tr><th>weights</th><td class="digest">{result.WeightsSha256}</td></tr>
        {(result.Checkpoint is { } checkpoint ? Html.Of($"""<tr><th>checkpoint</th><td class="digest">{checkpoint}</td></tr>""") : Html.Empty)}
        <tr><th>dataset</th><td>{result.Dataset}, split {result.Split}: {Numbers.Count(result.TrainClips)} clips to learn from, {Numbers.Count(result.TestClips)} to test on<br><span class="digest">{result.DatasetSha256}</span></td></tr>
        {(result.PretrainedOn is { } other ? Html.Of($"""<tr><th>pretrained on another dataset</th><td class="digest">{other}</td></tr>""") : Html.Empty)}
        {(result.NovelClasses.Count > 0 ? Html.Of($"""<tr><th>novel classes</th><td>{ClassRanges.Text(result.NovelClasses)}</td></tr>""") : Html.Empty)}
        {Html.Each(result.Measurements, Values)}
        <tr><th>took</th><td>{Numbers.Fixed(result.Seconds, 1)} s</td></tr>
        </table>
        """);

    static Html Values(Measurement measurement)
    {
        const int most = 20;
        var shown = measurement.Seeds.Zip(measurement.Values).Take(most).Select(p => $"seed {p.First}: {Numbers.Fixed(p.Second, 2)}");
        var more = measurement.Values.Count > most ? $", and {measurement.Values.Count - most} more" : "";
        return Html.Of($"""<tr><th>{measurement.Name}</th><td>{Numbers.Fixed(measurement.Mean, 2)} ± {Numbers.Fixed(measurement.Interval, 2)} <span class="note">{string.Join(", ", shown)}{more}</span></td></tr>""");
    }
}
