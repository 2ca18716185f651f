using PretrainCluster.Cli.Views;
using PretrainCluster.Training.Runs;

namespace PretrainCluster.Cli.Tests.Views;

public class RunProgressTests
{
    [Fact]
    public void SmoothedLoss_FirstStep_IsItsLoss()
    {
        var progress = new RunProgress();
        progress.Add(Step(1, loss: 0.7));

        Assert.Equal(0.7, progress.SmoothedLoss, 12);
    }

    [Fact]
    public void SmoothedLoss_StepThatIsNotFinite_IsLeftOut()
    {
        var progress = new RunProgress();
        progress.Add(Step(1, loss: 0.7));
        progress.Add(Step(2, loss: double.NaN));

        Assert.Equal(0.7, progress.SmoothedLoss, 12);
    }

    [Fact]
    public void Add_StepOfAnotherStage_BeginsAnew()
    {
        var progress = new RunProgress();
        progress.Add(Step(1, loss: 0.7));
        progress.Add(Step(2, loss: 3) with { Stage = "tuning" });

        Assert.Equal(3, progress.SmoothedLoss, 12);
        Assert.Equal([3.0], progress.History);
        Assert.Null(progress.Left(100));
    }

    [Fact]
    public void Left_SteadyPace_IsTheRestAtThatPace()
    {
        var progress = new RunProgress();
        for (var step = 1; step <= 10; step++)
            progress.Add(Step(step, seconds: step * 2));

        Assert.Equal(TimeSpan.FromSeconds(180), progress.Left(100));
    }

    [Fact]
    public void Left_AfterOneStep_IsUnknown()
    {
        var progress = new RunProgress();
        progress.Add(Step(1));

        Assert.Null(progress.Left(100));
    }

    [Fact]
    public void History_ManySteps_StaysShortAndKeepsItsMean()
    {
        var progress = new RunProgress();
        for (var step = 1; step <= 1 << 16; step++)
            progress.Add(Step(step, loss: step));

        Assert.InRange(progress.History.Count, 128, 256);
        Assert.Equal(progress.History.Order(), progress.History);
        Assert.Equal((1 << 16) / 2.0, progress.History.Average(), 300.0);
    }

    static StepMetrics Step(long step, double loss = 1, double seconds = 0) => new(step, step, loss, 1e-3, 1, 10, seconds);
}
