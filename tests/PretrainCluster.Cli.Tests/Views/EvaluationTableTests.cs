using PretrainCluster.Cli.Tests.Reports;
using PretrainCluster.Cli.Views;

namespace PretrainCluster.Cli.Tests.Views;

public class EvaluationTableTests
{
    [Fact]
    public void Write_ControlAndPretrained_StandBesideTheirDifference()
    {
        var lines = Lines([.. SampleRun.Evaluations()]);

        Assert.Equal("protocol     figure                   random weights  pretrained   gain", lines[0]);
        Assert.Equal("linear v1    accuracy                     52.9 ± 1.7  67.3 ± 1.7  +14.4", lines[2]);
        Assert.Equal(2 + 7, lines.Length);
    }

    [Fact]
    public void Write_TwoCheckpoints_NamesTheWeights()
    {
        var first = SampleRun.Evaluations().First(e => e.Encoder == "pretrained");

        var lines = Lines([first, first with { WeightsSha256 = "0123456789abcdef" }]);

        Assert.EndsWith("weights", lines[0]);
        Assert.EndsWith("0123456789ab", lines[3]);
    }

    [Fact]
    public void Write_StagesOfARun_StandInTheOrderOfTheirSteps()
    {
        var (control, pretrained) = (SampleRun.Evaluations().First(), SampleRun.Evaluations().First(e => e.Encoder == "pretrained"));

        var lines = Lines([pretrained with { Stage = "tuning", Step = 840, WeightsSha256 = "0123456789abcdef" }, control, pretrained with { Stage = "masked", Step = 420 }]);

        Assert.EndsWith("gain  stage", lines[0].TrimEnd());
        Assert.Equal(["linear v1  accuracy      52.9 ± 1.7  67.3 ± 1.7  +14.4  masked", "linear v1  accuracy      52.9 ± 1.7  67.3 ± 1.7  +14.4  tuning"], lines[2..].Where(line => line.Contains("accuracy", StringComparison.Ordinal)));
    }

    [Fact]
    public void Headline_OfAStage_NamesIt() =>
        Assert.StartsWith("linear v1, pretrained, tuning: accuracy", EvaluationTable.Headline(SampleRun.Evaluations().First(e => e.Encoder == "pretrained") with { Stage = "tuning" }));

    [Fact]
    public void Write_Nothing_PrintsNothing() => Assert.Empty(Lines([]));

    static string[] Lines(IReadOnlyList<Learning.Evaluation.EvaluationResult> results)
    {
        var output = new StringWriter();
        EvaluationTable.Write(results, output);
        return output.ToString().Split('\n', StringSplitOptions.RemoveEmptyEntries);
    }
}
