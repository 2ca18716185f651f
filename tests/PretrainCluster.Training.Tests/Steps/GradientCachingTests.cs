using PretrainCluster.Core.Plans;
using PretrainCluster.Core.Sampling;
using PretrainCluster.Learning.Objectives;
using PretrainCluster.Skeletons.Datasets;
using PretrainCluster.Training.Batches;
using PretrainCluster.Training.Exchange;
using PretrainCluster.Training.Steps;

namespace PretrainCluster.Training.Tests.Steps;

/// <summary>Losses and gradients of a step in micro-batches are those of the whole batch in one piece.</summary>
public sealed class GradientCachingTests : IDisposable
{
    readonly TinyRun _tiny = new();

    public void Dispose() => _tiny.Dispose();

    [Theory]
    [InlineData(CoupledPlans.Nnclr)]
    [InlineData(CoupledPlans.Nnclr, CoupledPlans.Dropping)]
    [InlineData(CoupledPlans.Nnclr, CoupledPlans.StGcn)]
    [InlineData(CoupledPlans.SimClr, CoupledPlans.StGcn)]
    [InlineData(CoupledPlans.VicReg, CoupledPlans.StGcn)]
    public void Compute_CoupledBatch_IsAutogradThroughTheWholeBatch(params string[] settings) => Compare(settings, (objective, micro) =>
    {
        var coupled = (GlobalBatchObjective)objective;
        return coupled.Loss(cat([.. micro.Select(m => coupled.Embed(m.Clips, m.Random))], 0)).Loss;
    });

    [Theory]
    [InlineData(CoupledPlans.Moco)]
    [InlineData(CoupledPlans.Moco, CoupledPlans.Dropping)]
    [InlineData(CoupledPlans.Moco, CoupledPlans.StGcn)]
    [InlineData(CoupledPlans.MaskedFeatures, CoupledPlans.Dropping)]
    [InlineData(CoupledPlans.Inter, CoupledPlans.AGcn)]
    [InlineData(CoupledPlans.SkeAttn, CoupledPlans.StGcn)]
    [InlineData("seed=2")]
    public void Compute_UncoupledBatch_IsAutogradThroughTheSum(params string[] settings) => Compare(settings, (objective, micro) =>
    {
        var losses = micro.Select(m => objective.Forward(m.Clips, m.Random)).ToList();
        return new LossSum(stack([.. losses.Select(loss => loss.Sum)]).sum(), losses.Sum(loss => loss.Count));
    });

    void Compare(string[] settings, Func<Objective, List<(Tensor Clips, CounterRandom Random)>, LossSum> whole)
    {
        using var scope = NewDisposeScope();
        using var dataset = SkeletonDataset.Open(_tiny.DatasetFolder);
        var plan = CoupledPlans.Of(_tiny, settings);
        var set = new TrainingSet(plan, dataset);
        using var loader = set.LoadFrom(0);
        using var objective = ObjectiveFactory.Create(plan.Objective, plan.Encoder, set.Clip, (ulong)plan.Seed);
        using var engine = new StepEngine(objective, (ulong)plan.Seed, plan.Training.Batch, set.Clip, lanes: 2, torch.device("cpu"), Precision.Fp32);
        using var exchange = new SoloExchange(generation: 1);
        var batch = loader.Next();

        var outcome = engine.Compute(batch, exchange);
        var actual = engine.Gradients(outcome);

        var loss = whole(objective, [.. batch.MicroBatches.Select(m => (
            tensor(m.Clips, [objective.Views, m.Samples.Count, set.Clip.Persons, set.Clip.Frames, set.Clip.Joints, 3]),
            new CounterRandom((ulong)plan.Seed, RandomPurpose.Objective, (ulong)batch.Step, (ulong)m.Index)))]);
        var expected = autograd.grad([loss.Sum / loss.Count], [.. objective.Weights.Select(weight => (Tensor)weight.Parameter)]);

        Assert.Equal(loss.Count, outcome.Terms);
        Assert.Equal(loss.Sum.item<float>() / loss.Count, outcome.Loss, 1e-5);
        Assert.Equal(expected.Count, actual.Count);
        // One scale for all: where a norm follows, the gradient of a shift is a sum that cancels, and its rounding is that of its terms.
        var largest = expected.Max(gradient => gradient.abs().max().item<float>());
        Assert.True(largest > 1e-2);
        for (var i = 0; i < expected.Count; i++)
        {
            var difference = (expected[i] - actual[i]).abs().max().item<float>();
            Assert.True(difference <= 1e-5 * largest, $"{objective.Weights[i].Name}: {difference:g3} of {largest:g3}");
        }
    }
}
