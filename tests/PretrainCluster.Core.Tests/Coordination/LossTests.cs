using PretrainCluster.Core.Coordination;
using PretrainCluster.Core.Coordination.Ledger;
using PretrainCluster.Core.Coordination.Messages;

namespace PretrainCluster.Core.Tests.Coordination;

public sealed class LossTests
{
    static readonly string s_quick = "recovery: {heartbeat: 0.5, silence: 5, connect: 30, stall: 45, retries: 2, backoff: 0.1, backoff_max: 30}";

    [Fact]
    public void Handle_WorkerKilled_SurvivorsFormTheNextGenerationAtOnceAndAReplacementStarts()
    {
        var stage = Stage.Training(workers: 3);
        stage.Exit("w1-2");

        Assert.Equal(["w1-1", "w1-3"], stage.LastOrders<JoinGeneration>().Select(join => join.Worker));
        Assert.All(stage.LastOrders<JoinGeneration>(), join => Assert.Equal(2, join.Generation));
        stage.Say(new ExchangeBroken("w1-1", 1, 10, 1, "peer closed"));
        Assert.Empty(stage.LastOrders<JoinGeneration>());
        stage.Wait(0.1);
        Assert.Equal("w1-4", stage.StartedWorkers[^1]);
        Assert.Contains(stage.Ledger, entry => entry is WorkerRemoved { Worker: "w1-2", Reason: "killed by signal 9" });
    }

    [Fact]
    public void Handle_ReplacementIsReady_JoinsAtTheNextBoundary()
    {
        var stage = Stage.Training(workers: 2);
        stage.Exit("w1-1");
        stage.FormAll(11);
        stage.Wait(0.1);
        stage.Ready("w1-3");

        Assert.Equal("w1-2", Assert.Single(stage.LastOrders<StopAtBoundary>()).Worker);
        stage.Say(new AtBoundary("w1-2", 2, 12));
        Assert.Equal(["w1-2", "w1-3"], stage.LastOrders<JoinGeneration>().Select(join => join.Worker));
        Assert.Equal(3, stage.Generation());
        stage.FormAll(12);
        Assert.Equal(("training", 12L), (stage.Run().State, stage.Run().Step));
    }

    [Fact]
    public void Handle_ReplacementIsReadyAndTheStepIsLong_TheStepIsBrokenOff()
    {
        var stage = Stage.Training(workers: 2);
        stage.Exit("w1-1");
        stage.FormAll(11);
        stage.Wait(0.1);
        stage.Ready("w1-3");
        Assert.Single(stage.LastOrders<StopAtBoundary>());

        stage.Wait(0.24);
        Assert.Equal(["w1-2"], stage.Members());
        stage.Wait(0.02);
        Assert.Equal(["w1-2", "w1-3"], stage.Members());
        Assert.Equal(3, stage.Generation());
        stage.Say(new AtBoundary("w1-2", 2, 12));
        Assert.Empty(stage.LastOrders<JoinGeneration>());
    }

    [Fact]
    public void Handle_AMemberIsToLeaveAndTheStepIsLong_TheStepIsWaitedFor()
    {
        var stage = Stage.Training(workers: 3);
        stage.Ask<Accepted>(new ScaleRun("r", 2));
        Assert.Single(stage.LastOrders<StopAtBoundary>());

        stage.Wait(1);
        Assert.Equal(1, stage.Generation());
    }

    [Fact]
    public void Handle_MemberDiesWhileABoundaryIsAwaited_RegroupsAtOnce()
    {
        var stage = Stage.Training(workers: 3);
        stage.Exit("w1-3");
        stage.FormAll(11);
        stage.Wait(0.1);
        stage.Ready("w1-4");
        Assert.Single(stage.LastOrders<StopAtBoundary>());
        stage.Exit("w1-1");

        Assert.Equal(["w1-2", "w1-4"], stage.LastOrders<JoinGeneration>().Select(join => join.Worker));
    }

    [Fact]
    public void Handle_ExchangeBreaksAndNobodyIsDead_TheSameMembersFormTheNextGeneration()
    {
        var stage = Stage.Training(workers: 2);
        stage.Say(new ExchangeBroken("w1-1", 1, 10, 1, "checksum"));
        Assert.Empty(stage.LastOrders<JoinGeneration>());
        stage.Say(new ExchangeBroken("w1-2", 1, 10, 0, "aborted"));

        Assert.Equal(["w1-1", "w1-2"], stage.LastOrders<JoinGeneration>().Select(join => join.Worker));
        Assert.DoesNotContain(stage.Ledger, entry => entry is WorkerRemoved);
    }

    [Fact]
    public void Handle_ExchangeKeepsBreakingWithoutAStep_GivesUpWithOneReason()
    {
        var stage = Stage.Training(workers: 2, plan: Stage.Plan(more: s_quick));
        for (var generation = 1; generation <= 3; generation++)
        {
            stage.Say(new ExchangeBroken("w1-1", generation, 10, 1, "checksum"));
            stage.Say(new ExchangeBroken("w1-2", generation, 10, 0, "checksum"));
            if (generation < 3)
                stage.FormAll(10);
        }

        var ended = Assert.Single(stage.Ledger.OfType<RunEnded>());
        Assert.Equal(RunEnd.Failed, ended.End);
        Assert.Contains("3 failures in a row", ended.Reason);
        Assert.Contains("checksum", ended.Reason);
    }

    [Fact]
    public void Handle_MemberDoesNotLeaveItsBrokenGeneration_IsKilledAfterTheConnectLimit()
    {
        var stage = Stage.Training(workers: 2);
        stage.Say(new ExchangeBroken("w1-1", 1, 10, 1, "peer closed"));
        for (var second = 0; second < 31; second++)
        {
            stage.Beat("w1-1", 1, 10, WorkerPhase.Idle, 0);
            stage.Beat("w1-2", 1, 10, WorkerPhase.Update, second);
            stage.Wait(1);
        }

        Assert.Contains(stage.All, command => command is ToAgent { Order: KillWorker { Worker: "w1-2" } });
        Assert.Equal(["w1-1"], stage.Members());
    }

    [Fact]
    public void Tick_WorkerSilent_IsKilledAndItsSlotStaysTakenUntilItIsGone()
    {
        var stage = Stage.Training(workers: 2, slots: 2);
        stage.Wait(4);
        stage.Beat("w1-1", 1, 12);
        stage.Wait(3);

        Assert.Contains(stage.All, command => command is ToAgent { Order: KillWorker { Worker: "w1-2" } });
        Assert.Equal(["w1-1"], stage.Members());
        Assert.Equal(2, stage.StartedWorkers.Count);
        stage.Exit("w1-2");
        stage.Beat("w1-1", 2, 12);
        stage.Wait(1);
        Assert.Equal(3, stage.StartedWorkers.Count);
    }

    [Fact]
    public void Tick_CoordinatorItselfWasHeldUp_NobodyIsTakenForSilent()
    {
        var stage = Stage.Training(workers: 2);
        stage.Pass(60);
        stage.Handle(at => new Tick(at));

        Assert.DoesNotContain(stage.All, command => command is ToAgent { Order: KillWorker });
        stage.Beat("w1-1", 1, 12);
        stage.Wait(6);
        Assert.Contains(stage.All, command => command is ToAgent { Order: KillWorker { Worker: "w1-2" } });
    }

    [Theory]
    [InlineData(WorkerPhase.Forward)]
    [InlineData(WorkerPhase.Update)]
    [InlineData(WorkerPhase.Snapshot)]
    public void Heartbeat_TrainingThreadStallsWhileOthersWait_IsKilled(WorkerPhase phase)
    {
        var stage = Stage.Training(workers: 2);
        stage.Beat("w1-1", 1, 12, WorkerPhase.Exchange, 50);
        stage.Beat("w1-2", 1, 12, phase, 44);
        Assert.Empty(stage.Last);
        stage.Beat("w1-2", 1, 12, phase, 50);

        Assert.Equal("w1-2", Assert.Single(stage.LastAgentOrders<KillWorker>()).Worker);
        Assert.Equal(["w1-1"], stage.Members());
        Assert.Contains("stalled", stage.Run().Reason);
    }

    [Fact]
    public void Heartbeat_AllMembersWaitForEachOther_FormTheNextGeneration()
    {
        var stage = Stage.Training(workers: 2);
        stage.Beat("w1-1", 1, 12, WorkerPhase.Exchange, 50);
        stage.Beat("w1-2", 1, 12, WorkerPhase.Exchange, 50);

        Assert.Equal((2, 2L), (stage.LastOrders<JoinGeneration>().Count, stage.Generation()));
    }

    [Fact]
    public void Handle_FewerSurvivorsThanTheMinimum_WaitForTheReplacementAndKeepTheirState()
    {
        var stage = Stage.Training(workers: 2, slots: 2, plan: Stage.Plan(min: 2, max: 2));
        stage.Exit("w1-2");
        Assert.Empty(stage.LastOrders<JoinGeneration>());
        Assert.Equal("regrouping", stage.Run().State);
        stage.Wait(0.1);
        stage.Ready("w1-3");

        Assert.Equal(["w1-1", "w1-3"], stage.Members());
    }

    [Fact]
    public void Tick_GangCannotBeCompleted_GivesItsSlotsBackAndWaitsForAll()
    {
        var stage = new Stage();
        stage.Node("a", 1);
        stage.Node("b", 1);
        stage.Submit(plan: Stage.Plan(min: 2, max: 2));
        stage.Ready("w1-1");
        stage.Ready("w1-2");
        stage.FormAll(10);
        stage.Handle(at => new NodeLost(at, "b", "unreachable"));
        for (var second = 0; second < 62; second++)
        {
            stage.Beat("w1-1", 1, 10, WorkerPhase.Idle, second);
            stage.Wait(1);
        }
        Assert.Contains(stage.All, command => command is ToWorker { Order: EndWorker { Worker: "w1-1", Snapshot: true } });
        stage.Exit("w1-1", 0, "");
        Assert.Equal("queued", stage.Run().State);
        Assert.Equal(2, stage.StartedWorkers.Count);
        stage.Node("b", 1);
        Assert.Equal(4, stage.StartedWorkers.Count);
    }

    [Fact]
    public void NodeLost_SeveralWorkersOnIt_IsOneFailure()
    {
        var stage = new Stage();
        stage.Node("a", 1);
        stage.Node("b", 4);
        stage.Submit(plan: Stage.Plan(min: 1, max: 5, more: s_quick));
        foreach (var worker in stage.StartedWorkers)
            stage.Ready(worker);
        stage.FormAll(10);
        stage.Handle(at => new NodeLost(at, "b", "unreachable"));

        Assert.Empty(stage.Ledger.OfType<RunEnded>());
        Assert.Equal(["w1-1"], stage.Members());
    }

    [Fact]
    public void NodeAnnounced_NodeComesBackWithExcludedWorkers_TheyAreKilledAndTheirSlotsWaitForThat()
    {
        var stage = new Stage();
        stage.Node("a", 1);
        stage.Node("b", 1);
        stage.Submit();
        stage.Ready("w1-1");
        stage.Ready("w1-2");
        stage.FormAll(10);
        stage.Handle(at => new NodeLost(at, "b", "unreachable"));
        stage.Wait(1);
        stage.Node("b", 1, new RunningWorker("w1-2", "r", "cpu:0", new WorkerReady("w1-2", "r", 1, "x", "f", 10, 1)));

        Assert.Equal("w1-2", Assert.Single(stage.LastAgentOrders<KillWorker>()).Worker);
        Assert.Equal(2, stage.StartedWorkers.Count);
        stage.Agent("b", new WorkerExited("w1-2", -9, "killed"));
        Assert.Equal(3, stage.StartedWorkers.Count);
    }

    [Fact]
    public void Handle_WorkersDieWithoutAStepBetween_BackOffDoublesAndTheLimitEndsTheRun()
    {
        var stage = Stage.Training(workers: 1, plan: Stage.Plan(max: 1, more: s_quick), step: 0);
        stage.Exit("w1-1");
        stage.Wait(0.09);
        Assert.Single(stage.StartedWorkers);
        stage.Wait(0.02);
        Assert.Equal(2, stage.StartedWorkers.Count);
        stage.Exit("w1-2");
        stage.Wait(0.15);
        Assert.Equal(2, stage.StartedWorkers.Count);
        stage.Wait(0.1);
        Assert.Equal(3, stage.StartedWorkers.Count);
        stage.Exit("w1-3", 134, "cannot map the dataset");

        var ended = Assert.Single(stage.Ledger.OfType<RunEnded>());
        Assert.Contains("cannot map the dataset", ended.Reason);
        stage.Wait(60);
        Assert.Equal(3, stage.StartedWorkers.Count);
    }

    [Fact]
    public void Handle_WorkersDieWithStepsBetween_TheRunGoesOn()
    {
        var stage = Stage.Training(workers: 1, plan: Stage.Plan(max: 1, more: s_quick), step: 0);
        for (var i = 1; i <= 10; i++)
        {
            stage.Beat($"w1-{i}", i, i * 5);
            stage.Exit($"w1-{i}");
            stage.Wait(1);
            stage.Ready($"w1-{i + 1}");
            stage.FormAll(i * 5);
        }

        Assert.Empty(stage.Ledger.OfType<RunEnded>());
    }

    [Fact]
    public void Tick_OneMemberNeverJoins_IsReplacedAfterTheConnectLimit()
    {
        var stage = new Stage();
        stage.Node(slots: 3);
        stage.Submit(plan: Stage.Plan(max: 3));
        foreach (var worker in stage.StartedWorkers)
            stage.Ready(worker);
        for (var second = 0; second < 30; second++)
        {
            stage.Beat("w1-1", 1, 0, WorkerPhase.Regroup, second);
            stage.Beat("w1-2", 1, 0, WorkerPhase.Regroup, second);
            stage.Beat("w1-3", 0, 0, WorkerPhase.Idle, second);
            stage.Wait(1);
        }

        Assert.Equal(["w1-1", "w1-2"], stage.Members());
        Assert.Contains(stage.Ledger, entry => entry is WorkerRemoved { Worker: "w1-3" });
    }

    [Fact]
    public void WorkerReady_LinkWasAwayWhenItWasToldToJoin_IsToldAgain()
    {
        var stage = new Stage();
        stage.Node();
        stage.Submit();
        stage.Ready("w1-1");
        stage.Ready("w1-2");
        var first = stage.LastOrders<JoinGeneration>()[1];
        stage.Ready("w1-2");

        var again = Assert.Single(stage.LastOrders<JoinGeneration>());
        Assert.Equal((first.Generation, first.Secret), (again.Generation, again.Secret));
    }

    [Fact]
    public void Heartbeat_TooMuchMemory_LeavesAtABoundaryAndIsReplaced()
    {
        var stage = Stage.Training(workers: 2, plan: Stage.Plan(more: "").Replace("device: cpu", "device: cpu, memory_mib: 100", StringComparison.Ordinal));
        stage.Beat("w1-2", 1, 12, memory: 101L << 20);
        Assert.Equal("w1-1", Assert.Single(stage.LastOrders<StopAtBoundary>()).Worker);
        stage.Say(new AtBoundary("w1-1", 1, 13));
        stage.Say(new AtBoundary("w1-2", 1, 13));

        Assert.Contains("workers.memory_mib", Assert.Single(stage.LastOrders<EndWorker>()).Reason);
        Assert.Equal(["w1-1"], stage.Members());
        stage.Wait(0.2);
        Assert.Equal(3, stage.StartedWorkers.Count);
    }

    [Fact]
    public void Heartbeat_Straggler_IsLeftOutAndItsSlotIsNotUsedAgain()
    {
        var stage = Stage.Training(workers: 3, slots: 3, plan: Stage.Plan(max: 3).Replace("device: cpu", "device: cpu, exclude_stragglers: 2", StringComparison.Ordinal), step: 0);
        for (var round = 0; round < 2; round++)
        {
            stage.Beat("w1-1", 1, 20);
            stage.Beat("w1-2", 1, 20, compute: 0.15);
            stage.Beat("w1-3", 1, 20, compute: 0.35);
        }
        foreach (var worker in stage.Members())
            stage.Say(new AtBoundary(worker, 1, 21));

        Assert.Equal(["w1-1", "w1-2"], stage.Members());
        stage.Exit("w1-3", 0, "");
        stage.Wait(1);
        Assert.Equal(3, stage.StartedWorkers.Count);
    }

    [Theory]
    [InlineData(WorkerOutcome.Diverged)]
    [InlineData(WorkerOutcome.Refused)]
    public void WorkerEnded_NoOtherWorkerCouldDoBetter_TheRunEndsWithItsReason(WorkerOutcome outcome)
    {
        var stage = Stage.Training(workers: 2);
        stage.Say(new WorkerEnded("w1-1", 1, outcome, 10, "the loss of step 11 is not finite", null));
        stage.Exit("w1-1", 1, "ended");
        stage.Exit("w1-2", 0, "");
        stage.Wait(100);

        Assert.Equal("the loss of step 11 is not finite", Assert.Single(stage.Ledger.OfType<RunEnded>()).Reason);
        Assert.Equal(2, stage.StartedWorkers.Count);
    }

    [Fact]
    public void CheckpointWritten_ByAnExcludedWorker_IsRefusedByName()
    {
        var stage = Stage.Training(workers: 2);
        stage.Wait(4);
        stage.Beat("w1-1", 1, 12);
        stage.Wait(3);
        stage.Say(new CheckpointWritten("w1-2", 1, 12, "late", 1));

        var record = Assert.IsType<Core.Coordination.Record>(Assert.Single(stage.Last));
        Assert.Equal(RecordKind.CheckpointRefused, record.Kind);
        Assert.Contains("late", record.Text);
        Assert.Contains("w1-2", record.Text);
        Assert.DoesNotContain(stage.Ledger, entry => entry is CheckpointCommitted);
    }
}
