using PretrainCluster.Skeletons.Datasets;
using PretrainCluster.Training.Batches;
using PretrainCluster.Training.Exchange;
using PretrainCluster.Training.Runs;
using PretrainCluster.Training.Steps;
using PretrainCluster.Training.Tests.Steps;

namespace PretrainCluster.Training.Tests.Runs;

/// <summary>Counts memory of the whole process, so nothing may run beside it.</summary>
[Collection(nameof(LiveTensorTests))]
public sealed class StepMeasurementTests : IDisposable
{
    const string Transformer = "encoder={width: 256, depth: 2, heads: 4}", Graph = "encoder={kind: st_gcn, channels: 32, width: 128}";

    readonly TinyRun _tiny = new();

    public void Dispose() => _tiny.Dispose();

    [Theory]
    [InlineData(Transformer, "objective={kind: masked_motion, mask_ratio: 0.4}")]
    [InlineData(Transformer, "objective={kind: masked_features, projection_hidden: 512, prototypes: 512}")]
    [InlineData(Transformer, "objective={kind: nnclr, queue: 512, projection_hidden: 512, projection_width: 128, prediction_hidden: 512}")]
    [InlineData(Graph, "objective={kind: moco, queue: 512}")]
    public void Of_SmallMicroBatches_FollowWhatALargeOneTakes(params string[] settings)
    {
        var plan = _tiny.Plan(["training.batch={clips: 32, micro_batches: 2}", .. settings]);
        using var dataset = SkeletonDataset.Open(_tiny.DatasetFolder);
        var set = new TrainingSet(plan, dataset);
        var inWhole = StepMeasurement.Of(plan, set.Clip, lanes: 1, mostClips: 16)!.TensorBytes!.Value;
        var fromFour = StepMeasurement.Of(plan, set.Clip, lanes: 1, mostClips: 4)!.TensorBytes!.Value;
        Assert.InRange(fromFour / inWhole, 0.85, 1.15);

        // And so does a real step, with two micro-batches at a time.
        var stated = StepMeasurement.Of(plan, set.Clip, lanes: 2, mostClips: 4)!.TensorBytes!.Value;
        TensorMemory.TakeHighest();
        var before = TensorMemory.Used;
        using var trainer = new Trainer(plan, set.Clip, lanes: 2, torch.device("cpu"));
        using var loader = set.LoadFrom(0);
        using var exchange = new SoloExchange(generation: 0);
        var batch = loader.Next();
        Assert.True(trainer.Step(batch, 0, exchange).Applied);
        Assert.InRange(TensorMemory.Held(TensorMemory.TakeHighest() - before) / stated, 0.6, 1.1);
    }
}
