namespace PretrainCluster.Cli.Reports.Sections;

/// <summary>The run's name, how it stands, and its figures at a glance.</summary>
static class SummarySection
{
    const int MostHeadlines = 3;

    public static Html Render(RunReport report)
    {
        var run = report.Run;
        return Html.Of(
            $"""
            <header>
            <h1>{run.Name} <span class="status {run.Status.ToString().ToLowerInvariant()}">{run.Status.ToString().ToLowerInvariant()}</span></h1>
            <p class="lead">{Lead(report)}</p>
            {(run.Reason is { } reason ? Html.Of($"""<p class="reason">{reason}</p>""") : Html.Empty)}
            </header>
            <div class="tiles">{Html.Each(Headlines(report).Concat(Training(report)), t => Html.Of($"""<div class="tile"><span>{t.Name}</span><strong>{t.Value}</strong><em>{t.Note}</em></div>"""))}</div>
            """);
    }

    static string Lead(RunReport report) =>
        (report.Dataset is { } dataset ? $"Pretrained on {dataset.Name}, " : "") +
        $"{Numbers.Count(report.Run.Step)} of {Numbers.Count(report.Run.Steps)} steps, started {ReportPage.Time(report.Run.Started)}.";

    static IEnumerable<(string Name, string Value, string Note)> Headlines(RunReport report) =>
        EvaluationComparison.Rows(report.Evaluations)
            .GroupBy(r => (r.Title, r.WeightsSha256)).Select(g => g.First()).Where(r => r.Pretrained is not null)
            // Of a run with stages, what the newest of them gave.
            .GroupBy(r => r.Title).SelectMany(g => g.Any(r => r.Stage is not null) ? g.TakeLast(1) : g).Take(MostHeadlines)
            .Select(r => ($"{r.Protocol}, {r.Figure}", $"{Numbers.MeanAndInterval(r.Pretrained)} %", r.Gain is { } gain ? $"{Numbers.Signed(gain)} over {r.ControlName}" : r.Split));

    static IEnumerable<(string Name, string Value, string Note)> Training(RunReport report)
    {
        var progress = new RunProgress();
        foreach (var metrics in report.Metrics)
            progress.Add(metrics);

        if (progress.Last is { } last)
            yield return ("loss, smoothed", Numbers.Short(progress.SmoothedLoss), StageText.Epoch(report.Run, last, decimals: 1));
        yield return ("training", Numbers.Duration(TimeSpan.FromSeconds(report.Run.Seconds)), Speed(report.Metrics));
        yield return ("parameters", Numbers.Count(report.Run.Parameters), $"{report.Run.Machine.Device}, {report.Run.Machine.Threads} threads");
    }

    static string Speed(IReadOnlyList<StepMetrics> metrics)
    {
        if (metrics.Count == 0)
            return "";
        var speeds = metrics.Select(m => m.ClipsPerSecond).Order().ToList();
        return $"{Numbers.Rate(speeds[speeds.Count / 2])} clips/s";
    }
}
