namespace PretrainCluster.Cli.Reports.Sections;

/// <summary>Who carried the run: its generations along the time, and a line for each worker process.</summary>
static class WorkersSection
{
    const int Most = 200;

    public static Html Render(RunReport report) =>
        report.Generations.Count == 0 ? Html.Empty : ReportPage.Section("Workers", Html.Of($"{Timeline(report)}\n{Generations(report)}\n{Workers(report)}"));

    static Html Timeline(RunReport report) =>
        GenerationChart.Render(report.Generations, report.Run.Ended ?? report.Written);

    static Html Generations(RunReport report)
    {
        var left = report.Generations.Count - Most;
        return Html.Of(
            $"""
            {(left > 0 ? Html.Of($"""<p class="note">{left} earlier generations are in generations.jsonl</p>""") : Html.Empty)}
            <div class="scroll"><table class="plain">
            <thead><tr><th class="number">generation</th><th>began</th><th class="number">formed after</th><th class="number">at step</th><th class="number">workers</th><th class="number">steps redone</th><th>why</th></tr></thead>
            {Html.Each(report.Generations.TakeLast(Most), g => Html.Of($"""<tr><td class="number">{g.Generation}</td><td>{ReportPage.Time(g.Begun)}</td><td class="number">{Delay(g)}</td><td class="number">{Numbers.Count(g.Step)}</td><td class="number">{g.Workers.Count}</td><td class="number">{g.Redone}</td><td>{Why(g)}</td></tr>"""))}
            </table></div>
            """);
    }

    static Html Workers(RunReport report) =>
        report.Workers.Count == 0 ? Html.Empty : Html.Of(
            $"""
            <div class="scroll"><table class="plain">
            <thead><tr><th>worker</th><th>device</th><th class="number">steps</th><th class="number">clips/s</th><th class="number">step p50</th><th class="number">p95</th><th class="number">own share</th><th class="number">memory</th><th>ended</th></tr></thead>
            {Html.Each(report.Workers.TakeLast(Most), w => Html.Of($"""<tr><td>{w.Worker}</td><td>{w.Slot}</td><td class="number">{Steps(w)}</td><td class="number">{Numbers.Rate(w.ClipsPerSecond)}</td><td class="number">{Numbers.Seconds(w.StepP50)}</td><td class="number">{Numbers.Seconds(w.StepP95)}</td><td class="number">{Numbers.Seconds(w.ComputeP50)}</td><td class="number">{Numbers.Bytes(w.Memory)}</td><td>{w.Reason}</td></tr>"""))}
            </table></div>
            <p class="note">Step times are those of a worker's newest steps. Own share is the part of a step that a worker computes by itself: the exchange makes all of a group equally late, so this is what tells a straggler.</p>
            """);

    static string Delay(GenerationRecord generation) => generation.Formed is { } formed ? Numbers.Seconds((formed - generation.Begun).TotalSeconds) : "never";

    static string Why(GenerationRecord generation) => generation.Restored is { } digest ? $"{generation.Reason}; restored from checkpoint {Numbers.Digest(digest)}" : generation.Reason;

    static string Steps(WorkerRecord worker) => worker.FirstStep < 0 ? "none" : $"{Numbers.Count(worker.FirstStep)} to {Numbers.Count(worker.LastStep)}";
}
