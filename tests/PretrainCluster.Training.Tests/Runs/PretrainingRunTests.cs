using PretrainCluster.Core;
using PretrainCluster.Training.Runs;
using PretrainCluster.Training.Tests.Steps;

namespace PretrainCluster.Training.Tests.Runs;

public sealed class PretrainingRunTests : IDisposable
{
    readonly TinyRun _tiny = new();

    public void Dispose() => _tiny.Dispose();

    [Fact]
    public void Train_ToTheEnd_LogsEveryStepAndLowersTheLoss()
    {
        var plan = _tiny.Plan("training.epochs=20");
        var run = _tiny.Train(plan);

        var metrics = RunFolder.At(_tiny.Runs, "tiny").ReadMetrics();
        Assert.Equal(RunStatus.Finished, run.Status);
        Assert.Equal(Enumerable.Range(1, (int)run.Steps).Select(step => (long)step), metrics.Select(m => m.Step));
        Assert.True(metrics.TakeLast(5).Average(m => m.Loss) < 0.95 * metrics.Take(5).Average(m => m.Loss));
        Assert.Equal(64, run.WeightsSha256!.Length);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    [InlineData(4)]
    public void Train_StoppedAtAnyStepAndRunAgain_SameBitsAndOneLineAStep(int stopAfter)
    {
        var undisturbed = _tiny.Train(_tiny.Plan("name=undisturbed"));
        using (var stop = new CancellationTokenSource())
        {
            var observer = new Observer { AtStep = m => { if (m.Step == stopAfter) stop.Cancel(); } };
            Assert.Throws<OperationCanceledException>(() => _tiny.Train(_tiny.Plan(), observer, stop.Token));
            Assert.Contains(observer.Events, e => e.Kind == RunEventKind.Interrupted && e.Step == stopAfter);
        }
        Assert.Equal(RunStatus.Interrupted, RunFolder.At(_tiny.Runs, "tiny").ReadInfo().Status);

        var resumed = new Observer();
        var run = _tiny.Train(_tiny.Plan(), resumed);

        Assert.Equal(undisturbed.WeightsSha256, run.WeightsSha256);
        Assert.Equal(stopAfter + 1, resumed.Steps[0].Step);
        Assert.Equal(
            RunFolder.At(_tiny.Runs, "undisturbed").ReadMetrics().Select(m => (m.Step, m.Loss)),
            RunFolder.At(_tiny.Runs, "tiny").ReadMetrics().Select(m => (m.Step, m.Loss)));
    }

    [Theory]
    [InlineData(CoupledPlans.Moco)]
    [InlineData(CoupledPlans.Nnclr)]
    public void Train_StoppedInMidEpoch_GoesOnWithQueueAndMomentumEncoder(string objective)
    {
        var undisturbed = _tiny.Train(_tiny.Plan("name=undisturbed", objective));
        using (var stop = new CancellationTokenSource())
            Assert.Throws<OperationCanceledException>(() => _tiny.Train(_tiny.Plan(objective), new Observer { AtStep = m => { if (m.Step == 4) stop.Cancel(); } }, stop.Token));

        var resumed = new Observer();
        var run = _tiny.Train(_tiny.Plan(objective), resumed);

        Assert.Equal(5, resumed.Steps[0].Step);
        Assert.Equal(undisturbed.WeightsSha256, run.WeightsSha256);
        Assert.Equal(
            RunFolder.At(_tiny.Runs, "undisturbed").ReadMetrics().Select(m => (m.Step, m.Loss)),
            RunFolder.At(_tiny.Runs, "tiny").ReadMetrics().Select(m => (m.Step, m.Loss)));
    }

    [Fact]
    public void Train_CrashedBetweenCheckpoints_ForgetsTheLinesBeyondAndEndsWithTheSameBits()
    {
        var undisturbed = _tiny.Train(_tiny.Plan("name=undisturbed"));
        Assert.Throws<InvalidOperationException>(() => _tiny.Train(_tiny.Plan(), new Observer { AtStep = m => { if (m.Step == 5) throw new InvalidOperationException("crash"); } }));

        var resumed = new Observer();
        var run = _tiny.Train(_tiny.Plan(), resumed);

        Assert.Equal(5, resumed.Steps[0].Step);
        Assert.Equal(undisturbed.WeightsSha256, run.WeightsSha256);
        Assert.Equal(run.Steps, RunFolder.At(_tiny.Runs, "tiny").ReadMetrics().Count);
    }

    [Theory]
    [InlineData("objective.kind=masked_coordinates")]
    [InlineData("objective.kind=skeleton_mae")]
    [InlineData("encoder.dropout=0.2", "encoder.drop_path=0.1", "encoder.attention_dropout=0.1")]
    [InlineData("training.batch.drop_last=true")]
    [InlineData("training.optimizer.kind=sgd")]
    [InlineData(CoupledPlans.Moco)]
    [InlineData(CoupledPlans.Nnclr)]
    public void Train_OneOrMoreThreads_SameBits(params string[] settings)
    {
        var weights = new[] { 1, 2, 5 }.Select(threads => _tiny.Train(_tiny.Plan([.. settings, $"name=threads{threads}", $"workers.threads={threads}"])).WeightsSha256).ToList();
        Assert.Single(weights.Distinct());
    }

    [Fact]
    public void Train_AnotherSeed_OtherBits() =>
        Assert.NotEqual(_tiny.Train(_tiny.Plan("name=one")).WeightsSha256, _tiny.Train(_tiny.Plan("name=two", "seed=2")).WeightsSha256);

    [Fact]
    public void Train_FinishedRun_ReturnsItUntouched()
    {
        var first = _tiny.Train(_tiny.Plan());
        var observer = new Observer();
        var again = _tiny.Train(_tiny.Plan(), observer);

        Assert.Empty(observer.Steps);
        Assert.Equal((first.WeightsSha256, RunStatus.Finished), (again.WeightsSha256, again.Status));
        Assert.Equal(first.Ended, again.Ended);
    }

    [Fact]
    public void Open_FolderOfAnotherPlan_NamesBothDigests()
    {
        _tiny.Train(_tiny.Plan());
        var refused = Assert.Throws<InputException>(() => _tiny.Train(_tiny.Plan("seed=2")));
        Assert.Contains("another plan", refused.Message);
        Assert.Contains("--set name=", refused.Message);
    }

    [Fact]
    public void Open_RunInUse_IsRefused()
    {
        using var first = PretrainingRun.Open(_tiny.Plan(), _tiny.Runs, new Observer(), TimeProvider.System);
        var refused = Assert.Throws<InputException>(() => PretrainingRun.Open(_tiny.Plan(), _tiny.Runs, new Observer(), TimeProvider.System));
        Assert.Contains("another process", refused.Message);
    }

    [Fact]
    public void Train_FlippedByteInTheNewestCheckpoint_SaysSoAndUsesTheOneBefore()
    {
        var undisturbed = _tiny.Train(_tiny.Plan("name=undisturbed"));
        using (var stop = new CancellationTokenSource())
            Assert.Throws<OperationCanceledException>(() => _tiny.Train(_tiny.Plan(), new Observer { AtStep = m => { if (m.Step == 5) stop.Cancel(); } }, stop.Token));
        var newest = new DirectoryInfo(Path.Combine(_tiny.Runs, "tiny", "store", "blobs")).EnumerateFiles().MaxBy(f => f.LastWriteTimeUtc)!;
        using (var file = newest.Open(FileMode.Open))
        {
            file.Seek(-3, SeekOrigin.End);
            var flipped = (byte)(file.ReadByte() ^ 0x10);
            file.Seek(-1, SeekOrigin.Current);
            file.WriteByte(flipped);
        }

        var observer = new Observer();
        var run = _tiny.Train(_tiny.Plan(), observer);

        Assert.Contains(observer.Events, e => e.Kind == RunEventKind.Rejected && e.Message.Contains("SHA-256", StringComparison.Ordinal));
        Assert.Equal(5, observer.Steps[0].Step);
        Assert.Equal(undisturbed.WeightsSha256, run.WeightsSha256);
    }

    [Fact]
    public void Train_LossNotFinite_StopsWithStepNamesAndLastGoodCheckpoint()
    {
        // A learning rate beyond reason drives the weights, and with them a later loss, out of the numbers.
        var plan = _tiny.Plan("training.optimizer.kind=sgd", "training.optimizer.learning_rate=100", "training.optimizer.momentum=0.999", "training.optimizer.warmup_epochs=0", "training.optimizer.clip_norm=0", "training.epochs=200", "checkpoints.every_steps=1");
        var failure = Assert.Throws<NonFiniteLossException>(() => _tiny.Train(plan));

        Assert.Equal(failure.Step - 1, failure.LastCheckpoint ?? 0);
        Assert.Equal(10, failure.Samples.Count);
        Assert.Contains($"step {failure.Step}", failure.Message);
        var info = RunFolder.At(_tiny.Runs, "tiny").ReadInfo();
        Assert.Equal((RunStatus.Failed, failure.Step - 1), (info.Status, info.Step));
    }

    [Fact]
    public void Train_HeldOutClasses_AreNeverInABatch()
    {
        var plan = _tiny.Plan("data.hold_out_classes=[0, 3]");
        using var dataset = PretrainCluster.Skeletons.Datasets.SkeletonDataset.Open(_tiny.DatasetFolder);
        var set = new PretrainCluster.Training.Batches.TrainingSet(plan, dataset);

        Assert.DoesNotContain(set.Samples, sample => dataset.Label(sample) is 0 or 3);
        Assert.Equal(dataset.Split("xsub").Train.Count(sample => dataset.Label(sample) is not (0 or 3)), set.Samples.Count);
    }
}
