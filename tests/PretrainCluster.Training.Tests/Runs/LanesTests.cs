using PretrainCluster.Training.Runs;

namespace PretrainCluster.Training.Tests.Runs;

public sealed class LanesTests : IDisposable
{
    readonly TinyRun _tiny = new();

    public void Dispose() => _tiny.Dispose();

    [Theory]
    [InlineData("objective.kind=masked_coordinates")]
    [InlineData("objective.kind=skeleton_mae")]
    [InlineData("encoder.dropout=0.2", "encoder.drop_path=0.1", "encoder.attention_dropout=0.1")]
    [InlineData("training.batch.drop_last=true")]
    [InlineData("training.optimizer.kind=sgd")]
    public void Lanes_OneOrMore_SameBits(params string[] settings)
    {
        var plan = _tiny.Plan(settings);
        Assert.Single(new[] { 1, 2, 5 }.Select(lanes => TinyRun.TrainAlone(plan, lanes)).Distinct());
    }

    [Fact]
    public void Train_AnotherSeed_OtherBits() =>
        Assert.NotEqual(TinyRun.TrainAlone(_tiny.Plan()), TinyRun.TrainAlone(_tiny.Plan("seed=2")));

    [Fact]
    public void OfWorker_PlanSaysNothing_WorkersShareTheCores()
    {
        var (one, all) = (_tiny.Plan(), _tiny.Plan("workers.max=4"));
        Assert.Equal(Environment.ProcessorCount, Lanes.OfWorker(one));
        Assert.Equal(Math.Max(1, Environment.ProcessorCount / 4), Lanes.OfWorker(all));
        Assert.Equal(Environment.ProcessorCount, Lanes.OfRun(all));
    }

    [Fact]
    public void OfWorker_PlanSaysHowMany_IsThat()
    {
        var plan = _tiny.Plan("workers.max=9", "workers.threads=3");
        Assert.Equal(3, Lanes.OfWorker(plan));
        // Five micro-batches leave nothing to do for a sixth worker.
        Assert.Equal(15, Lanes.OfRun(plan));
    }
}
