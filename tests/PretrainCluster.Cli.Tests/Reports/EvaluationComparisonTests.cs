using PretrainCluster.Cli.Reports;

namespace PretrainCluster.Cli.Tests.Reports;

public class EvaluationComparisonTests
{
    [Fact]
    public void Rows_ControlAndPretrained_MeetPerFigure()
    {
        var rows = EvaluationComparison.Rows([.. SampleRun.Evaluations()]);

        Assert.Equal(7, rows.Count);
        Assert.All(rows, r => Assert.Equal(14.4, r.Gain!.Value, 9));
    }

    [Fact]
    public void Rows_AnotherVersionOfTheProtocol_DoesNotMeet()
    {
        var control = Linear("random weights", 50);
        var pretrained = Linear("pretrained", 60) with { Version = 2 };

        var rows = EvaluationComparison.Rows([control, pretrained]);

        Assert.Equal(2, rows.Count);
        Assert.All(rows, r => Assert.Null(r.Gain));
    }

    [Fact]
    public void Rows_AnotherTestView_DoesNotMeet()
    {
        var rows = EvaluationComparison.Rows([Linear("random weights", 50) with { Crop = 0.95 }, Linear("pretrained", 60) with { Crop = 1 }]);

        Assert.Equal(2, rows.Count);
        Assert.All(rows, r => Assert.Null(r.Gain));
    }

    [Fact]
    public void Rows_TwoCheckpointsOfOneProtocol_MeetTheSameControl()
    {
        var rows = EvaluationComparison.Rows([Linear("random weights", 50), Linear("pretrained", 60), Linear("pretrained", 70) with { WeightsSha256 = "other" }]);

        Assert.Equal([10.0, 20.0], rows.Select(r => Math.Round(r.Gain!.Value, 9)));
    }

    [Fact]
    public void Rows_BaselineWithoutAnEncoder_IsNoPretrainedFigure()
    {
        var rows = EvaluationComparison.Rows([Linear("random weights", 50), Linear("pretrained", 60), Linear("raw coordinates", 40) with { Protocol = "raw-1nn" }]);

        Assert.Equal(("raw coordinates", null), (rows[1].ControlName, rows[1].Pretrained));
        Assert.Equal("not pretrained", EvaluationComparison.ControlTitle(rows));
        Assert.Equal("random weights", EvaluationComparison.ControlTitle(rows.Take(1)));
    }

    static Learning.Evaluation.EvaluationResult Linear(string encoder, double accuracy) =>
        SampleRun.Result("linear", encoder, encoder, "d", [new("accuracy", [1], [accuracy], accuracy, 0)], null);
}
