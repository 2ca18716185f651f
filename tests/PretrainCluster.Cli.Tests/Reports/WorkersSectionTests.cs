using PretrainCluster.Cli.Reports;

namespace PretrainCluster.Cli.Tests.Reports;

public sealed class WorkersSectionTests
{
    static readonly DateTimeOffset s_begun = new(2026, 3, 4, 9, 30, 0, TimeSpan.Zero);

    static readonly RunReport s_report = new()
    {
        Run = SampleRun.Info,
        Plan = SampleRun.Plan,
        Written = s_begun.AddHours(1),
        Generations =
        [
            new(1, s_begun, s_begun.AddSeconds(0.25), 0, ["w1-1", "w1-2"], "first workers", 0, null),
            new(2, s_begun.AddMinutes(5), null, 120, ["w1-1"], "lost w1-2: <killed>", 1, null),
            new(3, s_begun.AddMinutes(6), s_begun.AddMinutes(6).AddSeconds(2), 120, ["w1-3"], "workers replaced", 0, new string('b', 64)),
        ],
        Workers =
        [
            new("w1-2", "cpu:1", 4711, s_begun, s_begun.AddMinutes(5), 0, 119, 0.085, 1.25, 0.04, 96, 240 << 20, "killed (signal 9)"),
            new("w1-9", "cpu:1", 4712, s_begun, s_begun.AddMinutes(5), -1, -1, 0, 0, 0, 0, 0, "ended with code 2"),
        ],
    };

    [Fact]
    public void Render_GenerationsAndWorkers_ShowsTimesReasonsAndFigures()
    {
        var page = ReportPage.Render(s_report).Markup;
        foreach (var fact in new[] { "250 ms", "never", "lost w1-2: &lt;killed&gt;", "restored from checkpoint bbbbbbbbbbbb", "0 to 119", "85.0 ms", "1.25 s", "240.0 MiB", "killed (signal 9)", "none" })
            Assert.Contains(fact, page);
    }

    [Fact]
    public void Render_Timeline_HasABarForEachMemberOfAGenerationThatFormed() =>
        Assert.Equal(3, ReportPage.Render(s_report).Markup.Split("<rect class=\"generation-").Length - 1);

    [Fact]
    public void Render_RunWithoutARecordOfWorkers_HasNoSuchSection() =>
        Assert.DoesNotContain("<h2>Workers</h2>", ReportPage.Render(s_report with { Generations = [] }).Markup);
}
