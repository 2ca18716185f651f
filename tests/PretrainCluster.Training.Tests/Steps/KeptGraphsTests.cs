using PretrainCluster.Learning.Encoders;
using PretrainCluster.Skeletons.Datasets;
using PretrainCluster.Training.Steps;

namespace PretrainCluster.Training.Tests.Steps;

/// <summary>Counts memory of the whole process, so nothing may run beside it.</summary>
[Collection(nameof(LiveTensorTests))]
public sealed class KeptGraphsTests : IDisposable
{
    const string Large = "encoder={width: 512, depth: 8, heads: 8}";

    readonly TinyRun _tiny = new();

    public void Dispose() => _tiny.Dispose();

    [Theory]
    [InlineData(7, 7, CoupledPlans.SimClr)]
    [InlineData(7, 7, CoupledPlans.Nnclr, CoupledPlans.StGcn)]
    [InlineData(0, 0, CoupledPlans.Moco)]
    [InlineData(0, 0, CoupledPlans.SimClr, CoupledPlans.HeadAlone)]
    [InlineData(1, 6, CoupledPlans.SimClr, Large)]
    [InlineData(0, 0, CoupledPlans.SimClr, Large, "training.batch={clips: 14000, micro_batches: 7}")]
    public void Of_APlan_IsAsManyAsThereIsRoomFor(int least, int most, params string[] settings)
    {
        using var dataset = SkeletonDataset.Open(_tiny.DatasetFolder);
        var plan = CoupledPlans.Of(_tiny, settings);
        using var trainer = new Trainer(plan, ClipShape.Of(dataset, plan.View.Frames), lanes: 1, torch.device("cpu"));
        Assert.InRange(trainer.Graphs, least, most);
    }
}
