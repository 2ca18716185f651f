using PretrainCluster.Skeletons.Datasets;
using PretrainCluster.Training.Batches;
using PretrainCluster.Training.Exchange;
using PretrainCluster.Training.Steps;

namespace PretrainCluster.Training.Tests.Steps;

/// <summary>Counts tensors of the whole process, so nothing may run beside it.</summary>
[CollectionDefinition(nameof(LiveTensorTests), DisableParallelization = true)]
[Collection(nameof(LiveTensorTests))]
public sealed class LiveTensorTests : IDisposable
{
    readonly TinyRun _tiny = new();

    public void Dispose() => _tiny.Dispose();

    [Theory]
    [InlineData("seed=1")]
    [InlineData(CoupledPlans.Nnclr)]
    public void Step_ManySteps_LiveTensorsStayFlat(string setting)
    {
        var plan = _tiny.Plan("training.epochs=120", "workers.threads=2", setting);
        using var dataset = SkeletonDataset.Open(_tiny.DatasetFolder);
        var set = new TrainingSet(plan, dataset);
        using var trainer = new Trainer(plan, set.Clip, lanes: 2, torch.device("cpu"));
        using var loader = set.LoadFrom(0);
        using var exchange = new SoloExchange(generation: 0);
        var counts = new List<long>();
        for (var step = 0; step < 300; step++)
        {
            var batch = loader.Next();
            trainer.Step(batch, set.Order.Epochs(step), exchange);
            loader.Return(batch);
            counts.Add(Tensor.TotalCount);
        }
        // What earlier tests left may be finalized meanwhile, so what must hold is that nothing grows.
        Assert.InRange(counts.TakeLast(100).Max(), 0, counts.Take(100).Max());
    }
}
