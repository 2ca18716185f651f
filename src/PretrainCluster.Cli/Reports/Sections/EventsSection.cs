namespace PretrainCluster.Cli.Reports.Sections;

/// <summary>What happened, newest last.</summary>
static class EventsSection
{
    const int Most = 200;

    public static Html Render(RunReport report)
    {
        if (report.Events.Count == 0)
            return Html.Empty;

        var left = report.Events.Count - Most;
        return ReportPage.Section("Events", Html.Of(
            $"""
            {(left > 0 ? Html.Of($"""<p class="note">{left} earlier ones are in events.jsonl</p>""") : Html.Empty)}
            <div class="scroll"><table class="plain events">
            <thead><tr><th>time</th><th class="number">step</th><th>event</th><th></th></tr></thead>
            {Html.Each(report.Events.TakeLast(Most), e => Html.Of($"""<tr class="{EventLine.Kind(e.Kind)}"><td>{ReportPage.Time(e.Time)}</td><td class="number">{Numbers.Count(e.Step)}</td><td>{EventLine.Kind(e.Kind)}</td><td>{e.Message}</td></tr>"""))}
            </table></div>
            """));
    }
}
