using PretrainCluster.Core.Plans;
using PretrainCluster.Learning.Optimizers;
using PretrainCluster.Learning.Tests.Fixtures;

namespace PretrainCluster.Learning.Tests.Optimizers;

public sealed class LearningRateScheduleTests
{
    [Fact]
    public void At_OfThePublishedRecipe_IsThePublicRate()
    {
        using var fixture = new Fixture("learning-rate-schedule");
        var plan = new OptimizerPlan
        {
            LearningRate = fixture.Number("learning_rate"),
            MinLearningRate = fixture.Number("min_learning_rate"),
            WarmupEpochs = fixture.Int("warmup_epochs"),
        };
        var schedule = new LearningRateSchedule(plan, fixture.Int("epochs"));

        Assert.Equal(fixture.Doubles("rates"), fixture.Doubles("epochs").Select(schedule.At));
    }

    [Fact]
    public void At_WithDrops_StaysUntilAnEpochIsOverAndThenDrops()
    {
        var schedule = new LearningRateSchedule(new OptimizerPlan { LearningRate = 1, WarmupEpochs = 2, Schedule = RateSchedule.Drops, DropEpochs = [4, 6], DropFactor = 0.5 }, epochs: 8);

        Assert.Equal([0.5, 1, 1, 0.5, 0.5, 0.25], new[] { 1, 2, 3.99, 4, 5.99, 7.5 }.Select(schedule.At));
    }

    [Fact]
    public void At_OfARunAllWarmUp_EndsAtTheFullRate()
    {
        var schedule = new LearningRateSchedule(new OptimizerPlan { LearningRate = 1, WarmupEpochs = 4 }, epochs: 4);

        Assert.Equal([0, 0.5, 0.75], new[] { 0.0, 2, 3 }.Select(schedule.At));
    }
}
