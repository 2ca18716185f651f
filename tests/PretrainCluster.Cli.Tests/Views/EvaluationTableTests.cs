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
    public void Write_Nothing_PrintsNothing() => Assert.Empty(Lines([]));

    static string[] Lines(IReadOnlyList<Learning.Evaluation.EvaluationResult> results)
    {
        var output = new StringWriter();
        EvaluationTable.Write(results, output);
        return output.ToString().Split('\n', StringSplitOptions.RemoveEmptyEntries);
    }
}
