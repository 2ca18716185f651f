using PretrainCluster.Core.Coordination.Messages;

namespace PretrainCluster.Training.Tests.Gang;

public sealed class GangMemberTests : IDisposable
{
    readonly TinyRun _tiny = new();

    public void Dispose() => _tiny.Dispose();

    [Fact]
    public void Run_AnyWorldSize_SameWeights()
    {
        var weights = new[] { 1, 2, 3, 5 }.Select(world =>
        {
            var workers = Enumerable.Range(0, world).Select(i => $"w{i}").ToArray();
            using var gang = Gang($"name=world{world}", "encoder.drop_path=0.2").Start(workers);
            gang.Form(workers);
            return gang.Weights(workers);
        });
        Assert.Single(weights.Distinct());
    }

    [Fact]
    public void Run_MemberLost_SurvivorsRedoTheStepAndEndWithTheSameWeights()
    {
        var undisturbed = Undisturbed();
        using var gang = Gang("training.epochs=12").Start("w0", "w1", "w2");
        gang.Form("w0", "w1", "w2");
        gang["w0"].Await<StepsApplied>(report => report.Steps[^1].Step >= 6);
        gang.Lose("w1");
        foreach (var survivor in new[] { "w0", "w2" })
            Assert.Equal(1, gang[survivor].Await<ExchangeBroken>().Generation);

        gang.Form("w0", "w2");

        Assert.Equal(undisturbed, gang.Weights("w0", "w2"));
        Assert.Contains(gang["w0"].Sent<GenerationFormed>(), formed => formed.Generation == 2 && formed.Step >= 6 && formed.Restored is null);
        var steps = gang["w0"].Sent<StepsApplied>().Concat(gang["w2"].Sent<StepsApplied>()).SelectMany(report => report.Steps).Select(step => step.Step).Distinct().Order();
        Assert.Equal(Enumerable.Range(1, (int)gang["w0"].Await<WorkerEnded>().Step).Select(step => (long)step), steps);
    }

    [Fact]
    public void Run_JoinerAtABoundary_GetsTheStateAndNoStepIsRedone()
    {
        var undisturbed = Undisturbed();
        using var gang = Gang("training.epochs=12").Start("w0");
        var generation = gang.Form("w0");
        gang["w0"].Await<StepsApplied>(report => report.Steps[^1].Step >= 3);
        // Asked before the joiners are made, which may take longer than the run has left.
        gang["w0"].Order(new StopAtBoundary("w0", generation));
        var boundary = gang["w0"].Await<AtBoundary>().Step;

        gang.Start("w1", "w2");
        gang.Form("w0", "w1", "w2");

        Assert.Equal(undisturbed, gang.Weights("w0", "w1", "w2"));
        foreach (var member in new[] { "w0", "w1", "w2" })
            Assert.Equal((boundary, 0), gang[member].Sent<GenerationFormed>().Where(formed => formed.Generation == 2).Select(formed => (formed.Step, formed.Redone)).Single());
    }

    [Fact]
    public void Run_EndedWithASnapshotAndStartedAgain_GoesOnFromThereToTheSameWeights()
    {
        var undisturbed = Undisturbed();
        long stopped;
        using (var gang = Gang("training.epochs=12").Start("w0", "w1"))
        {
            var generation = gang.Form("w0", "w1");
            gang["w0"].Await<StepsApplied>(report => report.Steps[^1].Step >= 5);
            gang["w1"].Order(new StopAtBoundary("w1", generation));
            stopped = gang["w0"].Await<AtBoundary>().Step;
            Assert.Equal(stopped, gang["w1"].Await<AtBoundary>().Step);
            foreach (var worker in new[] { "w0", "w1" })
                gang[worker].Order(new EndWorker(worker, Snapshot: true, "paused"));
            Assert.Equal(stopped, gang["w0"].Await<CheckpointWritten>(written => written.Step == stopped).Step);
            Assert.All(new[] { "w0", "w1" }, worker => Assert.Equal((WorkerOutcome.Stopped, "paused"), (gang[worker].Await<WorkerEnded>().Outcome, gang[worker].Await<WorkerEnded>().Reason)));
            Assert.DoesNotContain(gang["w1"].Sent<CheckpointWritten>(), written => written.Step == stopped);
        }

        using var again = Gang("training.epochs=12").Start("x0", "x1", "x2");
        again.Form("x0", "x1", "x2");
        Assert.Equal(undisturbed, again.Weights("x0", "x1", "x2"));
        Assert.Equal(stopped, again["x1"].Sent<GenerationFormed>()[0].Step);
        Assert.NotNull(again["x0"].Sent<GenerationFormed>()[0].Restored);
    }

    [Fact]
    public void Run_NewGenerationInMidStep_BreaksInAndTrainsOn()
    {
        var undisturbed = Undisturbed();
        using var gang = Gang("training.epochs=12").Start("w0", "w1");
        gang.Form("w0", "w1");
        gang["w0"].Await<StepsApplied>();
        for (var i = 0; i < 5; i++)
            gang.Form("w0", "w1");
        Assert.Equal(undisturbed, gang.Weights("w0", "w1"));
    }

    [Fact]
    public void Run_NoCoordinatorForTooLong_WritesACheckpointAndEnds()
    {
        using var gang = Gang("training.epochs=4000", "recovery.heartbeat=0.05").Start("w0");
        gang.Form("w0");
        gang["w0"].Await<StepsApplied>();
        gang["w0"].AbsentFor = TimeSpan.FromSeconds(61);
        var ended = gang["w0"].Await<WorkerEnded>();
        Assert.Equal(WorkerOutcome.Stopped, ended.Outcome);
        Assert.Contains("no coordinator for 60 s", ended.Reason, StringComparison.Ordinal);
        Assert.Contains(gang["w0"].Sent<CheckpointWritten>(), written => written.Step == ended.Step);
    }

    [Fact]
    public void Run_LossNotFinite_DivergesWithTheClipsOfTheWholeBatch()
    {
        using var gang = Gang("training.optimizer.kind=sgd", "training.optimizer.learning_rate=100", "training.optimizer.momentum=0.999", "training.optimizer.warmup_epochs=0", "training.optimizer.clip_norm=0", "training.epochs=200").Start("w0", "w1");
        gang.Form("w0", "w1");
        foreach (var worker in new[] { "w0", "w1" })
        {
            var ended = gang[worker].Await<WorkerEnded>();
            Assert.Equal(WorkerOutcome.Diverged, ended.Outcome);
            Assert.Contains("The batch held", ended.Reason, StringComparison.Ordinal);
            Assert.Equal(10, ended.Reason.Split("The batch held")[1].Split(". ")[0].Split(", ").Length);
        }
    }

    [Fact]
    public void Run_LinkBack_SaysWhereItStands()
    {
        using var gang = Gang("training.epochs=4000").Start("w0");
        gang.Form("w0");
        gang["w0"].Await<StepsApplied>();
        gang["w0"].Reconnect();
        var ready = gang["w0"].Await<WorkerReady>(ready => ready.Generation == 1);
        Assert.True(ready.Step >= 1);
    }

    string Undisturbed() => TinyRun.TrainAlone(_tiny.Plan("training.epochs=12"));

    TestGang Gang(params string[] settings) => new(_tiny.Plan(settings), _tiny.Runs);
}
