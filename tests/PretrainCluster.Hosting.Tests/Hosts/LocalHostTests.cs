using PretrainCluster.Artifacts.Checkpoints;
using PretrainCluster.Artifacts.Files;
using PretrainCluster.Core;
using PretrainCluster.Core.Coordination.Messages;
using PretrainCluster.Hosting.Agents;
using PretrainCluster.Hosting.Hosts;
using PretrainCluster.Hosting.Links;
using PretrainCluster.Skeletons.Datasets;
using PretrainCluster.Training.Checkpoints;
using PretrainCluster.Training.Runs;

namespace PretrainCluster.Hosting.Tests.Hosts;

/// <summary>Runs carried by real worker processes.</summary>
public sealed class LocalHostTests : IDisposable
{
    readonly HostedRun _run = new();

    public void Dispose() => _run.Dispose();

    [Fact]
    public void Train_OneTwoAndThreeWorkers_SameWeightsAndTheWholeRecord()
    {
        var runs = new[] { 1, 2, 3 }.Select(workers => _run.Train(_run.Plan($"name=of{workers}", $"workers.max={workers}", "training.epochs=6"))).ToList();
        Assert.Single(runs.Select(run => run.WeightsSha256).Distinct());

        foreach (var (run, workers) in runs.Zip([1, 2, 3]))
        {
            var folder = RunFolder.At(_run.Runs, run.Name);
            var metrics = folder.ReadMetrics();
            Assert.Equal((RunStatus.Finished, run.Steps), (run.Status, run.Step));
            Assert.Equal(Enumerable.Range(1, (int)run.Steps).Select(step => (long)step), metrics.Select(m => m.Step));
            Assert.True(metrics.TakeLast(5).Average(m => m.Loss) < metrics.Take(5).Average(m => m.Loss));
            Assert.Equal(workers, folder.ReadGenerations()[^1].Workers.Count);
            Assert.Equal(workers, folder.ReadWorkers().Count);
            AssertNothingLeft(folder);
        }
    }

    [Fact]
    public void Train_WorkerKilled_SurvivorKeepsItsProcessAndTheWeightsAreTheSame()
    {
        var undisturbed = _run.Train(_run.Plan("name=undisturbed", "training.epochs=40"));
        var killed = false;
        var observer = new Observer
        {
            AtStep = metrics =>
            {
                if (metrics.Step >= 10 && !killed)
                {
                    killed = true;
                    Signals.Kill(Process("w1-2"));
                }
            },
        };
        var run = _run.Train(_run.Plan("workers.max=2", "training.epochs=40"), observer);

        Assert.Equal(undisturbed.WeightsSha256, run.WeightsSha256);
        Assert.Contains(observer.Events, e => e.Kind == RunEventKind.WorkerLost && e.Message.Contains("signal 9", StringComparison.Ordinal));
        var generations = _run.Folder.ReadGenerations();
        Assert.Equal(["w1-1"], generations[1].Workers);
        Assert.InRange(generations[1].Redone, 0, 1);
        Assert.Equal(Enumerable.Range(1, (int)run.Steps).Select(step => (long)step), _run.Folder.ReadMetrics().Select(m => m.Step));
        Assert.Contains(_run.Folder.ReadWorkers(), w => w is { Worker: "w1-2", Reason: "killed (signal 9)" });
        Assert.DoesNotContain(observer.Events, e => e.Kind == RunEventKind.WorkerLost && e.Message.StartsWith("w1-1", StringComparison.Ordinal));
    }

    [Fact]
    public void Train_WorkerStopped_IsReplacedAndTheWeightsAreTheSame()
    {
        var undisturbed = _run.Train(_run.Plan("name=undisturbed", "training.epochs=40"));
        var stopped = false;
        var observer = new Observer
        {
            AtStep = metrics =>
            {
                if (metrics.Step >= 10 && !stopped)
                {
                    stopped = true;
                    Signals.Send(Process("w1-1"), 19);
                }
            },
        };
        var run = _run.Train(_run.Plan("workers.max=2", "training.epochs=40"), observer);
        Assert.Equal(undisturbed.WeightsSha256, run.WeightsSha256);
        Assert.Contains(observer.Events, e => e.Kind == RunEventKind.WorkerLost && e.Message.Contains("no sign of life", StringComparison.Ordinal));
        AssertNothingLeft(_run.Folder);
    }

    [Fact]
    public void Train_StoppedOnRequestAndRunAgain_GoesOnFromThereWithTheSameBits()
    {
        var undisturbed = _run.Train(_run.Plan("name=undisturbed", "training.epochs=40"));
        var observer = new Observer();
        using (var stop = new CancellationTokenSource())
        {
            observer = new Observer { AtStep = m => { if (m.Step == 5) stop.Cancel(); } };
            Directory.CreateDirectory(_run.Folder.Path);
            File.WriteAllText(Path.Combine(_run.Folder.Path, "run.json.writing-0123456789ab"), "of one that was killed");
            Assert.Throws<OperationCanceledException>(() => _run.Train(_run.Plan("training.epochs=40", "workers.max=2"), observer, stop.Token));
        }
        var stopped = _run.Folder.ReadInfo();
        Assert.Equal(RunStatus.Interrupted, stopped.Status);
        Assert.Contains(observer.Events, e => e.Kind == RunEventKind.Interrupted && e.Message.Contains("the same command goes on", StringComparison.Ordinal));
        AssertNothingLeft(_run.Folder);

        var resumed = new Observer();
        var run = _run.Train(_run.Plan("training.epochs=40"), resumed);
        Assert.Equal(undisturbed.WeightsSha256, run.WeightsSha256);
        Assert.Equal(stopped.Step + 1, resumed.Steps[0].Step);
        Assert.Contains(resumed.Events, e => e.Kind == RunEventKind.Resumed);
        Assert.Equal(
            RunFolder.At(_run.Runs, "undisturbed").ReadMetrics().Select(m => (m.Step, m.Loss)),
            _run.Folder.ReadMetrics().Select(m => (m.Step, m.Loss)));
    }

    [Fact]
    public void Train_ScaledPausedResumedAndCancelledFromElsewhere_LosesNoStep()
    {
        var replies = new List<UserReply>();
        var asked = 0;
        var observer = new Observer
        {
            AtStatus = status =>
            {
                UserRequest? request = (asked, status.State, status.Workers.Count) switch
                {
                    (0, "training", 2) => new ScaleRun("tiny", 1),
                    (1, "training", 1) => new PauseRun("tiny"),
                    (2, "paused", 0) => new ResumeRun("tiny"),
                    (3, "training", 1) => new CancelRun("tiny", "enough"),
                    _ => null,
                };
                if (request is null)
                    return;
                asked++;
                // The host answers on the thread that is calling here.
                ThreadPool.QueueUserWorkItem(_ =>
                {
                    var reply = UserLink.Ask(_run.Folder.Path, request);
                    lock (replies)
                        replies.Add(reply);
                });
            },
        };
        var run = _run.Train(_run.Plan("workers.max=2", "training.epochs=100000"), observer);

        Assert.Equal((RunStatus.Cancelled, "enough"), (run.Status, run.Reason));
        Patience.Until(() => replies.Count == 4);
        Assert.All(replies, reply => Assert.IsType<Accepted>(reply));
        Assert.Equal(Enumerable.Range(1, (int)run.Step).Select(step => (long)step), _run.Folder.ReadMetrics().Select(m => m.Step));
        Assert.All(_run.Folder.ReadGenerations(), generation => Assert.Equal(0, generation.Redone));
        Assert.Contains(observer.Events, e => e.Kind == RunEventKind.Checkpoint && e.Message.StartsWith($"step {run.Step},", StringComparison.Ordinal));
        AssertNothingLeft(_run.Folder);
    }

    [Fact]
    public async Task Train_Monitored_TheStoreKnowsEachFigureAndTheBestIsKept()
    {
        var plan = _run.Plan("training.epochs=8", "checkpoints={every_steps: 3, keep: 100, keep_best: 1, keep_best_by: monitor}", "evaluation.monitor={every_epochs: 1, neighbours: [3, 9]}");
        _run.Train(plan);
        var store = RunStore.Open(plan, _run.Folder);
        var measured = _run.Folder.ReadMonitor();
        Assert.InRange(measured.Count, 2, 8);
        foreach (var metrics in measured)
            Assert.Equal(metrics.Values[0].Accuracy, await store.Monitored.FindAsync(await store.GetAsync("tiny", metrics.Step)));

        await store.RetainAsync("tiny", RetentionPolicy.Of(plan.Checkpoints with { Keep = 1 }));

        // Of equal ones the newest is the best.
        var best = measured.OrderByDescending(metrics => metrics.Values[0].Accuracy).ThenByDescending(metrics => metrics.Step).First();
        Assert.Equal(new[] { measured[^1].Step, best.Step }.Distinct(), (await store.ListAsync("tiny")).Select(checkpoint => checkpoint.Step));
    }

    [Fact]
    public async Task Monitor_CheckpointsThatWaitForTheirTurn_AreKeptFromRetention()
    {
        var plan = _run.Plan("training.epochs=8", "checkpoints={every_steps: 3, keep: 100}", "evaluation.monitor={every_epochs: 1, neighbours: [3]}");
        _run.Train(plan);
        using var dataset = SkeletonDataset.Open(plan.Data.Dataset);
        var steps = (await RunStore.Open(plan, _run.Folder).ListAsync("tiny")).Select(checkpoint => checkpoint.Step).Order().ToList();
        using var monitor = new CheckpointMonitor(RunFacts.Of(plan, dataset), _run.Folder, []);
        steps.ForEach(monitor.Offer);

        var (leases, leased, said) = (Path.Combine(_run.Folder.StoreFolder, "leases", "tiny"), 0, new List<(MonitorMetrics? Metrics, string Note)>());
        while (monitor.IsBusy)
        {
            leased = Math.Max(leased, Directory.Exists(leases) ? Directory.GetFiles(leases, "*.json", SearchOption.AllDirectories).Length : 0);
            said.AddRange(monitor.Take());
            await Task.Delay(1);
        }
        Assert.InRange(leased, 2, steps.Count);
        Assert.Equal(steps, said.Where(one => one.Metrics is not null).Select(one => one.Metrics!.Step));
        Assert.Empty(Directory.GetFiles(leases, "*.json", SearchOption.AllDirectories));
    }

    [Fact]
    public void Train_FinishedRun_ReturnsItUntouched()
    {
        var first = _run.Train(_run.Plan());
        var observer = new Observer();
        var again = _run.Train(_run.Plan(), observer);

        Assert.Empty(observer.Steps);
        Assert.Equal((first.WeightsSha256, RunStatus.Finished, first.Ended), (again.WeightsSha256, again.Status, again.Ended));
    }

    [Fact]
    public void Train_HostKilledBeforeItRecordedTheEndInTheLedger_RecordsItAndReturns()
    {
        var first = _run.Train(_run.Plan());
        _run.Folder.WriteInfo(first with { Status = RunStatus.Running, WeightsSha256 = null, Ended = null });
        var observer = new Observer();
        var again = _run.Train(_run.Plan(), observer);

        Assert.Empty(observer.Steps);
        Assert.Equal((first.WeightsSha256, RunStatus.Finished), (again.WeightsSha256, again.Status));
        Assert.Equal(again, _run.Folder.ReadInfo());
        Assert.Contains(observer.Events, e => e.Kind == RunEventKind.Finished);
    }

    [Fact]
    public void Open_FolderOfAnotherPlan_NamesBothDigests()
    {
        _run.Train(_run.Plan());
        var refused = Assert.Throws<InputException>(() => _run.Open(_run.Plan("seed=2")));
        Assert.Contains("another plan", refused.Message);
        Assert.Contains("--set name=", refused.Message);
    }

    [Fact]
    public void Open_RunInUse_SaysWhoHasIt()
    {
        using var first = _run.Open(_run.Plan());
        HostFile.Write(_run.Folder.Path, DateTimeOffset.UtcNow);
        var refused = Assert.Throws<InputException>(() => _run.Open(_run.Plan()));
        Assert.Contains($"process {Environment.ProcessId}", refused.Message);
    }

    [Fact]
    public void Ask_NobodyWorksOnTheRun_SaysSo()
    {
        _run.Train(_run.Plan());
        var refused = Assert.Throws<InputException>(() => UserLink.Ask(_run.Folder.Path, new PauseRun("tiny")));
        Assert.Contains("nobody works on this run", refused.Message);
    }

    [Fact]
    public void Train_FlippedByteInTheNewestCheckpoint_SaysSoAndUsesTheOneBefore()
    {
        var undisturbed = _run.Train(_run.Plan("name=undisturbed", "checkpoints.every_steps=2", "training.epochs=40"));
        using (var stop = new CancellationTokenSource())
            Assert.Throws<OperationCanceledException>(() => _run.Train(_run.Plan("checkpoints.every_steps=2", "training.epochs=40"), new Observer { AtStep = m => { if (m.Step == 5) stop.Cancel(); } }, stop.Token));
        var newest = new DirectoryInfo(Path.Combine(_run.Folder.StoreFolder, "blobs")).EnumerateFiles().MaxBy(f => f.LastWriteTimeUtc)!;
        using (var file = newest.Open(FileMode.Open))
        {
            file.Seek(-3, SeekOrigin.End);
            var flipped = (byte)(file.ReadByte() ^ 0x10);
            file.Seek(-1, SeekOrigin.Current);
            file.WriteByte(flipped);
        }

        var observer = new Observer();
        var run = _run.Train(_run.Plan("training.epochs=40"), observer);
        Assert.Contains(observer.Events, e => e.Kind == RunEventKind.Rejected && e.Message.Contains("SHA-256", StringComparison.Ordinal));
        Assert.Equal(undisturbed.WeightsSha256, run.WeightsSha256);
    }

    [Fact]
    public void Train_LossNotFinite_FailsWithStepAndSamples()
    {
        // A learning rate beyond reason drives the weights, and with them a later loss, out of the numbers.
        var plan = _run.Plan("training.optimizer.kind=sgd", "training.optimizer.learning_rate=100", "training.optimizer.momentum=0.999", "training.optimizer.warmup_epochs=0", "training.optimizer.clip_norm=0", "training.epochs=200", "workers.max=2");
        var failure = Assert.Throws<RunFailedException>(() => _run.Train(plan));
        Assert.Contains("the loss is", failure.Message);
        Assert.Contains("The batch held", failure.Message);
        Assert.Equal(RunStatus.Failed, _run.Folder.ReadInfo().Status);
        AssertNothingLeft(_run.Folder);
    }

    [Fact]
    public void Train_WorkerThatCannotStart_FailsWithItsReasonAfterTheRetries()
    {
        using var host = LocalHost.Open(_run.Plan("recovery.retries=1", "recovery.backoff=0.01"), _run.Runs, new WorkerProgram("/bin/sh", ["-c", "echo 'no such engine' >&2; exit 3"]), new Observer(), TimeProvider.System);
        var failure = Assert.Throws<RunFailedException>(() => host.Train(CancellationToken.None));
        Assert.Contains("no such engine", failure.Message);
    }

    int Process(string worker) => new WorkerFiles(_run.Folder.Path).Processes().Single(p => p.Worker == worker).Record.ProcessId;

    static void AssertNothingLeft(RunFolder folder)
    {
        Assert.False(Directory.Exists(Path.Combine(folder.Path, "workers")), "workers/ is left");
        Assert.False(File.Exists(Path.Combine(folder.Path, "host.json")));
        Assert.DoesNotContain(Directory.EnumerateFiles(folder.Path, "*", SearchOption.AllDirectories), AtomicFile.IsTemporary);
        Assert.False(File.Exists(AgentAddress.Of(folder.Path).Socket));
        Assert.False(File.Exists(AgentAddress.Of(folder.Path).TokenFile));
    }
}
