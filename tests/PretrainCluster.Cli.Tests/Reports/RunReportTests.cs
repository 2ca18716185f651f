using System.Text.RegularExpressions;
using System.Xml.Linq;
using PretrainCluster.Cli.Reports;
using PretrainCluster.Cli.Reports.Charts;
using PretrainCluster.Training.Runs;

namespace PretrainCluster.Cli.Tests.Reports;

public sealed partial class RunReportTests : IDisposable
{
    const string Hostile = "</pre><script>alert(1)</script>\"'&";

    readonly string runs = Directory.CreateTempSubdirectory("reports").FullName;

    public void Dispose() => Directory.Delete(runs, recursive: true);

    [Fact]
    public void Write_WholeRun_ShowsEveryPart()
    {
        var page = Page(SampleRun.Write(runs));

        Assert.Contains("<h1>utd-mhad-mae-small", page);
        foreach (var section in new[] { "Training", "Evaluation", "Confusion", "Features in two dimensions", "Dataset", "Run and machine", "Plan", "Events" })
            Assert.Contains($"<h2>{section}</h2>", page);
        Assert.Contains("mask_ratio: 0.8", page);
        Assert.Contains("AMD EPYC 9B14", page);
        Assert.Contains(SampleRun.Info.WeightsSha256!, page);
        Assert.Contains("basketball shoot", page);
    }

    [Fact]
    public void Render_RunWithStages_DrawsACurveOfEach()
    {
        var page = ReportPage.Render(RunReport.Read(SampleRun.Write(runs), SampleRun.Dataset, SampleRun.Started) with { Run = SampleRun.Staged, Metrics = [.. SampleRun.StagedMetrics()] }).Markup;

        foreach (var stage in new[] { "masked", "tuning" })
            Assert.Equal(3, page.Split($"<h3>Stage {stage}</h3>").Length - 1);
        Assert.Contains("stage 2 of 2, tuning, epoch 60.0 of 20", page);
        Assert.DoesNotContain("<h3>Stage", Page(SampleRun.Write(runs)));
    }

    [Fact]
    public void Write_ControlAndPretrained_StandSideBySideWithTheirDifference()
    {
        var page = Page(SampleRun.Write(runs));

        var row = FigureRow("accuracy").Match(page);
        Assert.Equal(["52.9 ± 1.7", "67.3 ± 1.7", "+14.4"], row.Groups.Values.Skip(1).Select(g => g.Value));
    }

    [Fact]
    public void Write_WholeRun_IsWellFormedAndLoadsNothing()
    {
        var page = Page(SampleRun.Write(runs));

        foreach (var drawing in Drawing().Matches(page).Select(m => m.Value))
            XElement.Parse(drawing);
        Assert.Contains("Content-Security-Policy", page);
        Assert.DoesNotMatch("""(src|href)\s*=""", page);
        Assert.DoesNotMatch("""url\(|@import|https?://""", page);
        Assert.DoesNotContain("NaN", page);
    }

    [Fact]
    public void Write_RunThatWasNotEvaluated_SaysSo()
    {
        var page = Page(SampleRun.Write(runs, evaluated: false));

        Assert.Contains("Nothing was evaluated yet.", page);
        Assert.DoesNotContain("<h2>Confusion</h2>", page);
    }

    [Fact]
    public void Write_RunWithoutASingleStep_StillMakesAPage()
    {
        var folder = RunFolder.At(runs, "new");
        folder.WriteInfo(SampleRun.Info with { Name = "new", Step = 0, Status = RunStatus.Running, WeightsSha256 = null });

        var page = File.ReadAllText(RunReport.Write(folder, null, SampleRun.Started));

        Assert.Contains("No step was taken yet.", page);
        Assert.Contains("The dataset could not be opened", page);
    }

    [Fact]
    public void Render_TextThatLooksLikeMarkup_StaysText()
    {
        var report = new RunReport
        {
            Run = SampleRun.Info with { Name = Hostile, Reason = Hostile },
            Plan = Hostile,
            Dataset = SampleRun.Dataset with { Name = Hostile, Preprocessing = Hostile },
            Metrics = [.. SampleRun.Metrics(10)],
            Events = [new RunEvent(SampleRun.Started, 1, RunEventKind.Started, Hostile)],
            Evaluations = [.. SampleRun.Evaluations().Select(e => e with { Description = Hostile, Dataset = Hostile, ClassNames = [Hostile] })],
            Embeddings = [.. SampleRun.Embeddings().Select(m => m with { ClassNames = [Hostile], Method = Hostile })],
            Written = SampleRun.Started,
        };

        Assert.DoesNotContain("<script>alert", ReportPage.Render(report).Markup);
    }

    [Fact]
    public void Render_LossThatIsNotFinite_IsCountedAndLeftOut()
    {
        var metrics = SampleRun.Metrics(100).ToList();
        metrics[50] = metrics[50] with { Loss = double.NaN };

        var page = ReportPage.Render(new RunReport { Run = SampleRun.Info, Plan = "", Metrics = metrics, Written = SampleRun.Started }).Markup;

        Assert.Contains("the loss is not finite: 1 step", page);
        Assert.DoesNotContain("NaN", page);
    }

    [Fact]
    public void Render_HundredThousandSteps_DrawsNoMoreThanTwoThousandPointsACurve()
    {
        var report = new RunReport { Run = SampleRun.Info, Plan = "", Metrics = [.. SampleRun.Metrics(100_000)], Written = SampleRun.Started };

        var paths = PathData().Matches(ReportPage.Render(report).Markup).Select(m => m.Groups[1].Value.Count(c => c is 'L' or 'M')).ToList();

        Assert.NotEmpty(paths);
        Assert.All(paths, points => Assert.InRange(points, 1, LineChart.MostPoints));
    }

    string Page(RunFolder folder) => File.ReadAllText(RunReport.Write(folder, SampleRun.Dataset, SampleRun.Started.AddHours(1)));

    static Regex FigureRow(string figure) =>
        new($"""<td>{figure}</td><td class="number">([^<]*)</td><td class="number strong">([^<]*)</td><td class="number up">([^<]*)</td>""");

    [GeneratedRegex("<svg.*?</svg>", RegexOptions.Singleline)]
    private static partial Regex Drawing();

    [GeneratedRegex("""<path class="[a-z]+" d="([^"]*)""")]
    private static partial Regex PathData();
}
