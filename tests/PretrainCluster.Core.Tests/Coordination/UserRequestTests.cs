using PretrainCluster.Core.Coordination;
using PretrainCluster.Core.Coordination.Ledger;
using PretrainCluster.Core.Coordination.Messages;

namespace PretrainCluster.Core.Tests.Coordination;

public sealed class UserRequestTests
{
    [Fact]
    public void Scale_Down_TheHighestRanksLeaveAtABoundary()
    {
        var stage = Stage.Training(workers: 3);
        stage.Ask<Accepted>(new ScaleRun("r", 1));
        Assert.Equal("w1-1", Assert.Single(stage.LastOrders<StopAtBoundary>()).Worker);
        foreach (var worker in stage.Members())
            stage.Say(new AtBoundary(worker, 1, 12));

        Assert.Equal(["w1-1"], stage.Members());
        Assert.Equal(["w1-2", "w1-3"], stage.All.OfType<ToWorker>().Select(command => command.Order).OfType<EndWorker>().Select(end => end.Worker));
        stage.Exit("w1-2", 0, "");
        stage.Exit("w1-3", 0, "");
        stage.Wait(1);
        Assert.Equal(3, stage.StartedWorkers.Count);
    }

    [Fact]
    public void Scale_Up_StartsMoreAndTheyJoin()
    {
        var stage = Stage.Training(workers: 3, plan: Stage.Plan(max: 3));
        stage.Ask<Accepted>(new ScaleRun("r", 1));
        foreach (var worker in stage.Members())
            stage.Say(new AtBoundary(worker, 1, 12));
        stage.FormAll(12);
        stage.Ask<Accepted>(new ScaleRun("r", 2));
        Assert.Equal("w1-4", stage.StartedWorkers[^1]);
        stage.Ready("w1-4");
        stage.Say(new AtBoundary("w1-1", 2, 13));

        Assert.Equal(["w1-1", "w1-4"], stage.Members());
    }

    [Theory]
    [InlineData(0)]
    [InlineData(4)]
    public void Scale_OutsideThePlan_IsRefusedAndSaysWhatFits(int workers)
    {
        var stage = Stage.Training(workers: 3);
        Assert.Contains("1 to 3", stage.Ask<Refused>(new ScaleRun("r", workers)).Reason);
        Assert.DoesNotContain(stage.Ledger, entry => entry is TargetScaled);
    }

    [Fact]
    public void Pause_Training_SnapshotsAtABoundaryGivesSlotsBackAndResumes()
    {
        var stage = Stage.Training(workers: 2);
        stage.Ask<Accepted>(new PauseRun("r"));
        Assert.Single(stage.LastOrders<StopAtBoundary>());
        stage.Say(new AtBoundary("w1-1", 1, 12));
        stage.Say(new AtBoundary("w1-2", 1, 12));
        Assert.All(stage.LastOrders<EndWorker>(), end => Assert.True(end.Snapshot));
        stage.Say(new CheckpointWritten("w1-1", 1, 12, "paused", 1));
        Assert.Contains(stage.Ledger, entry => entry is CheckpointCommitted { Digest: "paused" });
        stage.Say(new WorkerEnded("w1-1", 1, WorkerOutcome.Stopped, 12, "paused", null));
        stage.Exit("w1-1", 0, "");
        stage.Exit("w1-2", 0, "");
        Assert.Equal("paused", stage.Run().State);
        stage.Wait(100);
        Assert.Equal(2, stage.StartedWorkers.Count);
        stage.Ask<Accepted>(new ResumeRun("r"));

        Assert.Equal(4, stage.StartedWorkers.Count);
        Assert.DoesNotContain(stage.Ledger, entry => entry is WorkerRemoved);
    }

    [Fact]
    public void Pause_WorkerDiesOnTheWay_TheOthersStillEnd()
    {
        var stage = Stage.Training(workers: 2);
        stage.Ask<Accepted>(new PauseRun("r"));
        stage.Exit("w1-1");
        Assert.Equal("w1-2", Assert.Single(stage.LastOrders<EndWorker>()).Worker);
        stage.Exit("w1-2", 0, "");

        Assert.Equal("paused", stage.Run().State);
    }

    [Fact]
    public void Cancel_Training_EndsOnceWithTheUsersReason()
    {
        var stage = Stage.Training(workers: 1, plan: Stage.Plan(max: 1));
        stage.Ask<Accepted>(new CancelRun("r", "wrong learning rate"));
        stage.Say(new AtBoundary("w1-1", 1, 12));
        Assert.Empty(stage.Ledger.OfType<RunEnded>());
        stage.Exit("w1-1", 0, "");

        Assert.Equal((RunEnd.Cancelled, "wrong learning rate"), stage.Ledger.OfType<RunEnded>().Select(ended => (ended.End, ended.Reason)).Single());
        Assert.Contains("wrong learning rate", stage.Ask<Refused>(new CancelRun("r", "again")).Reason);
    }

    [Fact]
    public void Cancel_Queued_EndsAtOnce()
    {
        var stage = new Stage();
        stage.Submit();
        stage.Ask<Accepted>(new CancelRun("r", ""));
        Assert.Equal("cancelled", stage.Run().State);
    }

    [Fact]
    public void Tick_WorkerDoesNotEnd_IsKilledAfterTheLimit()
    {
        var stage = Stage.Training(workers: 1, plan: Stage.Plan(max: 1));
        stage.Ask<Accepted>(new CancelRun("r", "enough"));
        stage.Say(new AtBoundary("w1-1", 1, 12));
        stage.Wait(301);
        Assert.Contains(stage.All, command => command is ToAgent { Order: KillWorker { Worker: "w1-1" } });
    }

    [Fact]
    public void Submit_EndedEarly_GoesOnUnderItsNumbers()
    {
        var stage = Stage.Training(workers: 1, plan: Stage.Plan(max: 1));
        stage.Say(new WorkerEnded("w1-1", 1, WorkerOutcome.Diverged, 10, "not finite", null));
        stage.Exit("w1-1", 1, "");
        stage.Submit(plan: Stage.Plan(max: 1));
        stage.Ready("w1-2");

        Assert.Equal(2, stage.Generation());
        Assert.Equal("starting", stage.Ask<ClusterStatus>(new AskStatus("r")).Runs[0].State.Replace("regrouping", "starting", StringComparison.Ordinal));
    }

    [Fact]
    public void Submit_EndedRunWithAPlanThatComputesSomethingElse_IsRefused()
    {
        var stage = Stage.Training(workers: 1, plan: Stage.Plan(max: 1));
        stage.Say(new WorkerEnded("w1-1", 1, WorkerOutcome.Diverged, 10, "not finite", null));
        Assert.Contains("another name", stage.Ask<Refused>(new SubmitRun("r", Stage.Plan(max: 1, microBatches: 4), 0)).Reason);
    }

    [Fact]
    public void Submit_PlanIsWrong_IsRefusedWithItsProblem()
    {
        var stage = new Stage();
        Assert.Contains("workers.min", stage.Ask<Refused>(new SubmitRun("r", Stage.Plan(min: 3, max: 2), 0)).Reason);
        Assert.Empty(stage.Ledger.OfType<RunSubmitted>());
    }

    [Fact]
    public void Ask_UnknownRun_IsRefused() => Assert.Contains("no run x", new Stage().Ask<Refused>(new AskStatus("x")).Reason);
}
