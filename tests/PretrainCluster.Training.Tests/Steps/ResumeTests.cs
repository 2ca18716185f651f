using PretrainCluster.Learning.Tests;
using PretrainCluster.Skeletons.Datasets;
using PretrainCluster.Training.Batches;
using PretrainCluster.Training.Checkpoints;
using PretrainCluster.Training.Exchange;
using PretrainCluster.Training.Gang;
using PretrainCluster.Training.Runs;
using PretrainCluster.Training.Steps;

namespace PretrainCluster.Training.Tests.Steps;

/// <summary>A checkpoint holds all that a step changes, whatever the objective remembers.</summary>
public sealed class ResumeTests : IDisposable
{
    const int SavedAt = 5, Steps = 9;

    readonly TinyRun _tiny = new();

    public void Dispose() => _tiny.Dispose();

    [Theory]
    [MemberData(nameof(TinyKinds.Objectives), MemberType = typeof(TinyKinds))]
    [InlineData(CoupledPlans.Stars, CoupledPlans.Dropping)]
    [InlineData(CoupledPlans.Moco, "training.optimizer.kind=sgd")]
    [InlineData(CoupledPlans.Moco, CoupledPlans.StGcn)]
    [InlineData(CoupledPlans.Moco, CoupledPlans.StGcn, CoupledPlans.UpperHalf, CoupledPlans.Layered)]
    public void Restore_InMidEpoch_GoesOnWithTheSameBits(params string[] settings)
    {
        using var dataset = SkeletonDataset.Open(_tiny.DatasetFolder);
        var plan = CoupledPlans.Of(_tiny, settings);
        var set = new TrainingSet(plan, dataset);
        Assert.NotEqual(0, set.Order.Epochs(SavedAt) % 1);
        var folder = RunFolder.At(_tiny.Runs, plan.Name);
        Directory.CreateDirectory(folder.Path);
        string expected;
        using (var trainer = new Trainer(plan, set.Clip, lanes: 1, torch.device("cpu")))
        {
            Train(set, trainer, 0, SavedAt);
            var state = new StateBuffer(trainer);
            state.Fill();
            new RunCheckpoints(plan, folder, dataset).Save(state, new(SavedAt, Seconds: 1, Loss: null, Recent: []));
            Train(set, trainer, SavedAt, Steps);
            expected = CoupledPlans.Digest(trainer);
        }

        using var resumed = new Trainer(plan, set.Clip, lanes: 1, torch.device("cpu"));
        Assert.Equal(SavedAt, new RunCheckpoints(plan, folder, dataset).Restore(resumed).Step);
        Train(set, resumed, SavedAt, Steps);

        Assert.Equal(expected, CoupledPlans.Digest(resumed));
    }

    static void Train(TrainingSet set, Trainer trainer, long first, long end)
    {
        using var loader = set.LoadFrom(first);
        using var exchange = new SoloExchange(generation: 1);
        for (var step = first; step < end; step++)
            Assert.True(trainer.Step(loader.Next(), set.Order.Epochs(step), exchange).Applied);
    }
}
