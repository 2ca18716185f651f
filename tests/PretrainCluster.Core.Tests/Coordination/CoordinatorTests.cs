using PretrainCluster.Core.Coordination;
using PretrainCluster.Core.Coordination.Ledger;
using PretrainCluster.Core.Coordination.Messages;

namespace PretrainCluster.Core.Tests.Coordination;

public sealed class CoordinatorTests
{
    [Fact]
    public void Handle_RunWithoutFaults_IsPlacedTrainsAndFinishes()
    {
        var stage = new Stage();
        stage.Node(slots: 2);
        stage.Submit();
        Assert.Equal(2, stage.StartedWorkers.Count);
        Assert.Equal("starting", stage.Run().State);

        stage.Ready("w1-1");
        Assert.Empty(stage.LastOrders<JoinGeneration>());
        stage.Ready("w1-2");
        var joins = stage.LastOrders<JoinGeneration>();
        Assert.Equal(["w1-1", "w1-2"], joins.Select(join => join.Worker));
        Assert.All(joins, join => Assert.Equal((1, "w1-1", "w1-2"), (join.Generation, join.Members[0].Worker, join.Members[1].Worker)));
        Assert.True(joins[0].Secret == joins[1].Secret);
        Assert.True(stage.Last.ToList().FindIndex(command => command is Append { Entry: GenerationBegun }) < stage.Last.ToList().FindIndex(command => command is ToWorker));

        stage.FormAll();
        Assert.Equal("training", stage.Run().State);
        stage.Beat("w1-1", 1, 20);
        Assert.Empty(stage.Last);
        stage.Say(new CheckpointWritten("w1-1", 1, 20, "digest", 0.1));
        Assert.Single(stage.Last.OfType<Append>(), append => append.Entry is CheckpointCommitted { Step: 20, Digest: "digest" });
        stage.Say(new WorkerEnded("w1-1", 1, WorkerOutcome.Finished, 20, "", "abc"));

        Assert.Equal(("finished", 20L, "abc"), (stage.Run().State, stage.Run().Step, stage.Run().WeightsSha256));
        Assert.Equal(["w1-2"], stage.LastOrders<EndWorker>().Select(end => end.Worker));
        stage.Say(new WorkerEnded("w1-2", 1, WorkerOutcome.Finished, 20, "", "abc"));
        stage.Exit("w1-1", 0);
        stage.Exit("w1-2", 0);
        Assert.Single(stage.Ledger.OfType<RunEnded>());
        Assert.Equal(2, stage.Coordinator.Status(null).Nodes[0].FreeSlots.Count);
    }
}
