using PretrainCluster.Core.Sampling;
using PretrainCluster.Learning.Objectives;
using PretrainCluster.Learning.Weights;
using PretrainCluster.Skeletons.Datasets;
using PretrainCluster.Training.Batches;
using PretrainCluster.Training.Exchange;
using PretrainCluster.Training.Steps;

namespace PretrainCluster.Training.Tests.Steps;

/// <summary>Batch norm inside an encoder: statistics of a micro-batch, and running ones that follow in the order of micro-batches.</summary>
public sealed class RunningStatisticsTests : IDisposable
{
    readonly TinyRun _tiny = new();

    public void Dispose() => _tiny.Dispose();

    [Theory]
    [InlineData(CoupledPlans.Moco)]
    [InlineData(CoupledPlans.Nnclr)]
    [InlineData(CoupledPlans.Inter)]
    [InlineData(CoupledPlans.SkeAttn, 2)]
    public void Step_EncoderWithBatchNorm_TakesMicroBatchAfterMicroBatchIn(string objective, int passes = 1)
    {
        using var scope = NewDisposeScope();
        using var dataset = SkeletonDataset.Open(_tiny.DatasetFolder);
        var plan = CoupledPlans.Of(_tiny, objective, CoupledPlans.StGcn);
        var set = new TrainingSet(plan, dataset);
        using var loader = set.LoadFrom(0);
        using var alone = new SoloExchange(generation: 1);
        using var trainer = new Trainer(plan, set.Clip, lanes: 2, torch.device("cpu"));
        using var byHand = ObjectiveFactory.Create(plan.Objective, plan.Encoder, set.Clip, (ulong)plan.Seed);
        var batch = loader.Next();

        trainer.Step(batch, 0, alone);
        foreach (var microBatch in batch.MicroBatches)
        {
            var clips = tensor(microBatch.Clips, [byHand.Views, microBatch.Samples.Count, set.Clip.Persons, set.Clip.Frames, set.Clip.Joints, 3]);
            var random = new CounterRandom((ulong)plan.Seed, RandomPurpose.Objective, (ulong)batch.Step, (ulong)microBatch.Index);
            var statistics = new List<Tensor>();
            _ = byHand switch
            {
                EarlierStepsObjective earlier => earlier.ForwardWithKeys(clips, random, statistics).Keys,
                var whole => ((GlobalBatchObjective)whole).Embed(clips, random, statistics),
            };
            byHand.Track(cat([.. statistics], 0).unsqueeze(0));
        }

        var (expected, actual) = (Statistics(byHand), Statistics(trainer.Objective));
        Assert.NotEmpty(expected);
        Assert.Equal(expected, actual);
        Assert.Equal(passes * batch.MicroBatches.Count, trainer.Objective.Encoder.Buffers.First(buffer => buffer.Name == "data_bn.num_batches_tracked").Value.item<long>());
    }

    static List<(string, string)> Statistics(Objective objective) =>
    [
        .. NamedTensors.Snapshot([.. objective.Encoder.Buffers, .. objective.Buffers.Where(buffer => IsStatistic(buffer.Name) && !buffer.Name.StartsWith("head.", StringComparison.Ordinal))])
            .Select(tensor => (tensor.Name, Convert.ToHexString(tensor.Data.Span))),
    ];

    static bool IsStatistic(string name) => name.Contains("running_", StringComparison.Ordinal) || name.Contains("tracked", StringComparison.Ordinal);
}
