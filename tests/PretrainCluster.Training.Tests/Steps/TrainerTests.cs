using PretrainCluster.Core.Plans;
using PretrainCluster.Learning.Objectives;
using PretrainCluster.Learning.Weights;
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

    [Theory]
    [InlineData("seed=2", 2)]
    [InlineData(CoupledPlans.Nnclr, 2)]
    [InlineData(CoupledPlans.Nnclr, 10, CoupledPlans.StGcn)]
    [InlineData(CoupledPlans.Moco, 2)]
    [InlineData(CoupledPlans.Moco, 10, CoupledPlans.StGcn)]
    public void Step_EncoderFrozenAsAWhole_TrainsTheRestAlone(string objective, int blocks, string encoder = "encoder={width: 16, depth: 2, heads: 2}")
    {
        using var dataset = SkeletonDataset.Open(_tiny.DatasetFolder);
        var plan = CoupledPlans.Of(_tiny, objective, encoder, $"training.trainable.from_block={blocks}");
        var set = new TrainingSet(plan, dataset);
        using var loader = set.LoadFrom(0);
        using var trainer = new Trainer(plan, set.Clip, lanes: 2, CPU);
        using var exchange = new SoloExchange(generation: 0);
        var inEncoder = trainer.Objective.Encoder.Weights.Count;
        Assert.Equal(trainer.Objective.Weights.Skip(inEncoder).Select(weight => weight.Name), trainer.Objective.Trained.Select(weight => weight.Name));
        var (encoderBefore, restBefore) = (EncoderWeights.Sha256(trainer.Objective.Encoder), Rest());

        for (var step = 0; step < 3; step++)
            Assert.True(trainer.Step(loader.Next(), set.Order.Epochs(step), exchange) is { Applied: true, GradientNorm: > 0 });

        Assert.Equal(encoderBefore, EncoderWeights.Sha256(trainer.Objective.Encoder));
        Assert.DoesNotContain(restBefore.Zip(Rest()), pair => pair.First == pair.Second);

        List<string> Rest() => [.. trainer.Objective.Trained.Select(weight => string.Join(' ', weight.Parameter.detach().contiguous().data<float>().ToArray()))];
    }

    static Objective NewObjective(Plan plan, TrainingSet set) =>
        ObjectiveFactory.Create(plan.Objective, plan.Encoder, set.Clip.Frames, set.Clip.Joints, (ulong)plan.Seed);
}
