using PretrainCluster.Core.Coordination;
using PretrainCluster.Core.Coordination.Ledger;
using PretrainCluster.Core.Coordination.Messages;

namespace PretrainCluster.Core.Tests.Coordination;

public sealed class TakeOverTests
{
    static RunningWorker Running(string worker, string slot, long step = 12, long generation = 1, string run = "r") =>
        new(worker, run, slot, new WorkerReady(worker, run, 1, worker, "f", step, generation));

    [Fact]
    public void Handle_CoordinatorDiedAndAllWorkersAreThere_TheyTrainOnInTheirGeneration()
    {
        var next = Stage.Training(workers: 2).Successor();
        next.Node("a", 4, Running("w1-1", "cpu:0"), Running("w1-2", "cpu:1"));
        next.Beat("w1-1", 1, 15);
        next.Beat("w1-2", 1, 15);
        next.Wait(4);

        Assert.Equal(("training", 1L, 15L), (next.Run().State, next.Run().Generation, next.Run().Step));
        Assert.DoesNotContain(next.All, command => command is ToWorker or ToAgent);
    }

    [Fact]
    public void Handle_WorkerDiedWhileTheCoordinatorWasAway_TheOthersRegroupAfterTheGrace()
    {
        var next = Stage.Training(workers: 2).Successor();
        next.Node("a", 4, Running("w1-2", "cpu:1"));
        Assert.Equal(1, next.Generation());
        next.Wait(3);

        Assert.Equal((2L, "w1-2"), (next.Generation(), Assert.Single(next.Members())));
        Assert.Contains(next.Ledger, entry => entry is WorkerRemoved { Worker: "w1-1" });
        Assert.Single(next.StartedWorkers);
        Assert.StartsWith($"w{next.Ledger.OfType<CoordinatorStarted>().Last().Number}-", next.StartedWorkers[0]);
    }

    [Fact]
    public void Handle_CoordinatorDiedBetweenTheEntryAndItsOrders_TheNextFormsAnotherGeneration()
    {
        var stage = Stage.Training(workers: 3);
        stage.Exit("w1-3");
        Assert.Equal(2, stage.Generation());
        var next = stage.Successor();
        next.Node("a", 4, Running("w1-1", "cpu:0"), Running("w1-2", "cpu:1"));
        next.Wait(3);

        Assert.Equal((3L, 2), (next.Generation(), next.Members().Count));
    }

    [Fact]
    public void Handle_MembersStoppedAtABoundaryWhileTheCoordinatorWasAway_TheirSignsOfLifeTell()
    {
        var next = Stage.Training(workers: 2).Successor();
        next.Node("a", 4, Running("w1-1", "cpu:0"), Running("w1-2", "cpu:1"));
        next.Beat("w1-1", 1, 12, WorkerPhase.Idle, 2);
        next.Beat("w1-2", 1, 12, WorkerPhase.Idle, 2);

        Assert.Equal(2, next.LastOrders<JoinGeneration>().Count);
        Assert.Equal(2, next.Generation());
    }

    [Fact]
    public void WorkerReady_FromAMemberBeforeItsAgentListsIt_IsTakenBack()
    {
        var next = Stage.Training(workers: 1, plan: Stage.Plan(max: 1)).Successor();
        next.Node("a", 4);
        next.Ready("w1-1", step: 12, generation: 1);
        next.Beat("w1-1", 1, 13);
        next.Wait(4);

        Assert.Equal(("training", 1L), (next.Run().State, next.Generation()));
        Assert.Empty(next.StartedWorkers);
    }

    [Fact]
    public void Handle_SpareWorkerIsFound_JoinsInsteadOfANewOne()
    {
        var next = Stage.Training(workers: 2).Successor();
        next.Node("a", 4, Running("w1-1", "cpu:0"), Running("w1-9", "cpu:3", -1, 0));
        next.Wait(3);

        Assert.Equal(["w1-1", "w1-9"], next.Members());
        Assert.Empty(next.StartedWorkers);
    }

    [Fact]
    public void Handle_WorkersOfRunsThatAreOverOrUnknown_AreKilled()
    {
        var stage = Stage.Training(workers: 1, plan: Stage.Plan(max: 1));
        stage.Say(new WorkerEnded("w1-1", 1, WorkerOutcome.Diverged, 10, "not finite", null));
        var next = stage.Successor();
        next.Node("a", 4, Running("w1-1", "cpu:0"), Running("x", "cpu:1", run: "unknown"));

        Assert.Equal(["w1-1", "x"], next.LastAgentOrders<KillWorker>().Select(kill => kill.Worker));
        Assert.Equal(2, next.Coordinator.Status(null).Nodes[0].FreeSlots.Count);
        Assert.Equal("failed", next.Run().State);
    }

    [Fact]
    public void Handle_CoordinatorDiedWhilePausing_TheNextGoesOnWithIt()
    {
        var stage = Stage.Training(workers: 2);
        stage.Ask<Accepted>(new PauseRun("r"));
        var next = stage.Successor();
        next.Node("a", 4, Running("w1-1", "cpu:0"), Running("w1-2", "cpu:1"));
        next.Beat("w1-1", 1, 15);
        next.Beat("w1-2", 1, 15);

        Assert.Single(next.All.OfType<ToWorker>(), command => command.Order is StopAtBoundary);
    }

    [Fact]
    public void Handle_WholeGangIsGone_ItIsStartedAnewAfterTheGrace()
    {
        var next = Stage.Training(workers: 2).Successor();
        next.Node("a", 4);
        Assert.Empty(next.StartedWorkers);
        next.Wait(3);

        Assert.Equal(2, next.StartedWorkers.Count);
        foreach (var worker in next.StartedWorkers)
            next.Ready(worker);
        Assert.Equal(2, next.Generation());
    }

    [Fact]
    public void Handle_EmptyLedger_NobodyIsWaitedFor()
    {
        var stage = new Stage();
        stage.Node();
        stage.Submit();
        Assert.Equal(2, stage.StartedWorkers.Count);
    }

    [Fact]
    public void Handle_FirstEvent_TakesTheLedgerBeforeAnythingElse()
    {
        var stage = Stage.Training().Successor();
        Assert.Equal(stage.Now, stage.Coordinator.NextDue);
        stage.Handle(at => new Tick(at));
        Assert.IsType<CoordinatorStarted>(Assert.IsType<Append>(stage.Last[0]).Entry);
    }

    [Fact]
    public void Constructor_EntryIsMissing_RefusesTheLedger()
    {
        var ledger = Stage.Training().Ledger;
        Assert.Throws<InvalidDataException>(() => new Stage(ledger: ledger.Where(entry => entry.Number != 2)));
    }

    [Fact]
    public void Constructor_RunThatIsTargetScaled_KeepsItsTarget()
    {
        var stage = Stage.Training(workers: 3);
        stage.Ask<Accepted>(new ScaleRun("r", 2));
        Assert.Equal(2, stage.Successor().Run().Target);
    }
}
