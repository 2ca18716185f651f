using PretrainCluster.Core.Coordination;
using PretrainCluster.Core.Coordination.Ledger;
using PretrainCluster.Core.Coordination.Messages;

namespace PretrainCluster.Core.Tests.Coordination;

public sealed class EvaluationTests
{
    static Stage Finished(int slots = 1)
    {
        var stage = Stage.Training(workers: 1, slots: slots, plan: Stage.Plan(max: 1, more: "evaluation: {protocols: [knn]}"));
        stage.Say(new CheckpointWritten("w1-1", 1, 20, "digest", 1));
        stage.Say(new WorkerEnded("w1-1", 1, WorkerOutcome.Finished, 20, "", "abc"));
        stage.Exit("w1-1", 0, "");
        return stage;
    }

    static StartEvaluation Started(Stage stage) => Assert.Single(stage.All.OfType<ToAgent>().Select(command => command.Order).OfType<StartEvaluation>());

    [Fact]
    public void Handle_RunFinished_ItsLastCheckpointIsEvaluatedByDigest()
    {
        var stage = Finished();
        var start = Started(stage);
        Assert.Equal(("r", 20L, "digest", "cpu:0"), (start.Run, start.Step, start.Checkpoint, start.Slot));
        stage.Agent("a", new EvaluationEnded(start.Evaluation, true, ""));

        Assert.True(Assert.Single(stage.Ledger.OfType<EvaluationDone>()).Succeeded);
        Assert.Single(stage.Coordinator.Status(null).Nodes[0].FreeSlots);
    }

    [Fact]
    public void Handle_FinishedBeforeTheWordOfItsCheckpoint_WaitsForIt()
    {
        var stage = Stage.Training(workers: 2);
        stage.Say(new WorkerEnded("w1-2", 1, WorkerOutcome.Finished, 20, "", "abc"));
        Assert.Empty(stage.Ledger.OfType<RunEnded>());
        stage.Say(new CheckpointWritten("w1-1", 1, 20, "digest", 1));

        Assert.Equal(RunEnd.Finished, Assert.Single(stage.Ledger.OfType<RunEnded>()).End);
    }

    [Fact]
    public void Submit_NoFreeSlotButAnEvaluation_TrainingWins()
    {
        var stage = Finished();
        var start = Started(stage);
        stage.Submit("urgent", Stage.Plan(max: 1));
        Assert.Equal(start.Evaluation, Assert.Single(stage.LastAgentOrders<StopEvaluation>()).Evaluation);
        stage.Agent("a", new EvaluationEnded(start.Evaluation, false, "stopped"));

        Assert.Equal("urgent", ((StartWorker)stage.Started[^1].Order).Run);
        Assert.Empty(stage.Ledger.OfType<EvaluationDone>());
        stage.Ask<Accepted>(new CancelRun("urgent", "enough"));
        stage.Exit("w1-2");
        Assert.Empty(stage.LastAgentOrders<StartEvaluation>());
        stage.Wait(60);
        Assert.Equal(2, stage.All.Count(command => command is ToAgent { Order: StartEvaluation }));
    }

    [Fact]
    public void EvaluationEnded_KeepsFailing_IsGivenUpWithItsReason()
    {
        var stage = Finished();
        var name = Started(stage).Evaluation;
        for (var attempt = 0; attempt < 3; attempt++)
            stage.Agent("a", new EvaluationEnded(name, false, "no split"));

        Assert.Equal((false, "no split"), stage.Ledger.OfType<EvaluationDone>().Select(done => (done.Succeeded, done.Reason)).Single());
        Assert.Equal("finished", stage.Run().State);
    }

    [Fact]
    public void Handle_CoordinatorDiedDuringAnEvaluation_TheNextTakesItBackOrStartsItAgain()
    {
        var stage = Finished();
        var name = Started(stage).Evaluation;
        var adopted = stage.Successor();
        adopted.Agent("a", new NodeAnnounced("a", Coordinator.Protocol, [new("cpu:0", "cpu", "")], [], [new(name, "cpu:0")]));
        adopted.Wait(4);
        Assert.DoesNotContain(adopted.All, command => command is ToAgent);

        var again = stage.Successor();
        again.Agent("a", new NodeAnnounced("a", Coordinator.Protocol, [new("cpu:0", "cpu", "")], []));
        again.Wait(4);
        Assert.Equal(name, Started(again).Evaluation);
    }
}
