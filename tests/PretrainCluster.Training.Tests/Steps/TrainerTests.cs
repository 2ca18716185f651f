using PretrainCluster.Core.Plans;
using PretrainCluster.Learning.Objectives;
using PretrainCluster.Skeletons.Datasets;
using PretrainCluster.Training.Batches;
using PretrainCluster.Training.Exchange;
using PretrainCluster.Training.Steps;

namespace PretrainCluster.Training.Tests.Steps;

public sealed class TrainerTests : IDisposable
{
    readonly TinyRun _tiny = new();

    public void Dispose() => _tiny.Dispose();

    [Fact]
    public void Step_MicroBatches_MeanOfTheWholeBatch()
    {
        using var dataset = SkeletonDataset.Open(_tiny.DatasetFolder);
        var plan = _tiny.Plan("training.batch.micro_batches=5");
        var set = new TrainingSet(plan, dataset);
        using var loader = set.LoadFrom(0);
        var batch = loader.Next();
        using var exchange = new SoloExchange(generation: 0);
        using var engine = new StepEngine(NewObjective(plan, set), 1, plan.Training.Batch, set.Clip, 1, torch.device("cpu"), plan.Training.Precision);
        var outcome = engine.Compute(batch, exchange);
        var sums = batch.MicroBatches.Select(m =>
        {
            using var alone = new StepEngine(NewObjective(plan, set), 1, new BatchPlan { Clips = 2 }, set.Clip, 1, torch.device("cpu"), plan.Training.Precision);
            // The same randomness as in the batch of five: the index is part of it.
            return alone.Compute(new GlobalBatch(0, [m with { Index = 0 }]), exchange).Terms;
        }).ToList();
        Assert.Equal(sums.Sum(), outcome.Terms);
        Assert.True(double.IsFinite(outcome.Loss) && outcome.Loss > 0);
    }

    [Theory]
    [InlineData("objective.kind=masked_motion", 5)]
    // The embeddings of all micro-batches, then the gradients of each.
    [InlineData("objective={kind: simclr, projection_hidden: 12, projection_width: 8}", 10)]
    public void Step_EachMicroBatch_IsToldAsProgress(string objective, int expected)
    {
        using var dataset = SkeletonDataset.Open(_tiny.DatasetFolder);
        var plan = _tiny.Plan("training.batch.micro_batches=5", objective);
        var set = new TrainingSet(plan, dataset);
        using var loader = set.LoadFrom(0);
        var progressed = 0;
        using var trainer = new Trainer(plan, set.Clip, lanes: 2, CPU) { Progressed = () => Interlocked.Increment(ref progressed) };
        using var exchange = new SoloExchange(generation: 0);
        trainer.Step(loader.Next(), 0, exchange);
        Assert.Equal(expected, progressed);
    }

    static Objective NewObjective(Plan plan, TrainingSet set) =>
        ObjectiveFactory.Create(plan.Objective, plan.Encoder, set.Clip.Frames, set.Clip.Joints, (ulong)plan.Seed);
}
