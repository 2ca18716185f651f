using PretrainCluster.Core.Coordination;
using PretrainCluster.Core.Coordination.Ledger;
using PretrainCluster.Core.Coordination.Messages;

namespace PretrainCluster.Core.Tests.Coordination;

public sealed class QueueTests
{
    [Fact]
    public void Submit_NotEnoughSlotsForTheMinimum_StartsNobody()
    {
        var stage = new Stage();
        stage.Node(slots: 2);
        stage.Submit(plan: Stage.Plan(min: 3, max: 4));
        Assert.Empty(stage.StartedWorkers);
        Assert.Equal("queued", stage.Run().State);
        stage.Node("b", 2);

        Assert.Equal(4, stage.StartedWorkers.Count);
    }

    [Fact]
    public void Submit_SmallRunBehindALargeOne_DoesNotStarveIt()
    {
        var stage = new Stage();
        stage.Node(slots: 4);
        stage.Submit("first", Stage.Plan(max: 2));
        stage.Submit("large", Stage.Plan(min: 4, max: 4));
        stage.Submit("small", Stage.Plan(max: 1));
        Assert.Equal(2, stage.StartedWorkers.Count);
        stage.Ask<Accepted>(new CancelRun("first", "enough"));
        stage.Exit("w1-1", -9);
        stage.Exit("w1-2", -9);

        Assert.Equal(4, stage.Started.Count(command => ((StartWorker)command.Order).Run == "large"));
        Assert.Equal("queued", stage.Run("small").State);
    }

    [Fact]
    public void Submit_LargerThanTheCluster_DoesNotHoldUpOthers()
    {
        var stage = new Stage();
        stage.Node(slots: 2);
        stage.Submit("huge", Stage.Plan(min: 3, max: 3));
        stage.Submit("small", Stage.Plan(max: 1));

        Assert.Equal("starting", stage.Run("small").State);
        Assert.Contains("more than the cluster has", stage.Run("huge").Reason);
    }

    [Fact]
    public void Submit_HigherPriority_GoesFirst()
    {
        var stage = new Stage();
        stage.Submit("later", Stage.Plan(max: 2));
        stage.Submit("urgent", Stage.Plan(max: 2), priority: 1);
        stage.Node(slots: 2);

        Assert.Equal(["urgent", "urgent"], stage.Started.Select(command => ((StartWorker)command.Order).Run));
    }

    [Fact]
    public void Submit_MoreWorkersThanMicroBatches_AimsAtMicroBatches()
    {
        var stage = new Stage();
        stage.Node(slots: 8);
        stage.Submit(plan: Stage.Plan(max: 8, microBatches: 4));

        Assert.Equal((4, 4), (stage.StartedWorkers.Count, stage.Run().Target));
    }

    [Fact]
    public void WorkerReady_ArithmeticDiffers_IsLeftOutAndAnotherIsTaken()
    {
        var stage = new Stage();
        stage.Node("a", 2);
        stage.Node("b", 1);
        stage.Node("c", 1);
        stage.Submit(plan: Stage.Plan(min: 3, max: 3));
        stage.Ready("w1-1", fingerprint: "avx2");
        stage.Ready("w1-2", fingerprint: "avx2");
        stage.Ready("w1-3", fingerprint: "avx512");
        Assert.Equal("w1-3", Assert.Single(stage.LastOrders<EndWorker>()).Worker);
        Assert.Equal("c", stage.Started[^1].Node);
        stage.Ready("w1-4", fingerprint: "avx2");

        Assert.Equal(["w1-1", "w1-2", "w1-4"], stage.Members());
        Assert.Equal("avx2", stage.Ledger.OfType<GenerationBegun>().Single().Fingerprint);
    }

    [Fact]
    public void WorkerReady_ArithmeticDiffersAndThePlanMixes_IsTaken()
    {
        var stage = new Stage();
        stage.Node();
        stage.Submit(plan: Stage.Plan(min: 2).Replace("device: cpu", "device: cpu, mixed: true", StringComparison.Ordinal));
        stage.Ready("w1-1", fingerprint: "avx2");
        stage.Ready("w1-2", fingerprint: "avx512");

        Assert.Equal(["w1-1", "w1-2"], stage.Members());
    }

    [Fact]
    public void Submit_DeviceNamed_TakesThatDeviceAlone()
    {
        var stage = new Stage();
        stage.Agent("g", new NodeAnnounced("g", Coordinator.Protocol, [new("cpu:0", "cpu", ""), new("cuda:0", "cuda:0", ""), new("cuda:1", "cuda:1", "")], []));
        stage.Submit(plan: Stage.Plan().Replace("device: cpu", "device: cuda:1", StringComparison.Ordinal));
        Assert.Equal("cuda:1", ((StartWorker)Assert.Single(stage.Started).Order).Slot);
        stage.Submit("any", Stage.Plan().Replace("device: cpu", "device: cuda", StringComparison.Ordinal));

        Assert.Equal("cuda:0", ((StartWorker)stage.Started[^1].Order).Slot);
    }

    [Fact]
    public void NodeAnnounced_OtherProtocol_IsNotUsed()
    {
        var stage = new Stage();
        stage.Submit();
        stage.Agent("a", new NodeAnnounced("a", Coordinator.Protocol + 1, [new("cpu:0", "cpu", "")], []));

        Assert.Empty(stage.StartedWorkers);
        Assert.Contains(stage.Last, command => command is Core.Coordination.Record { Kind: RecordKind.Node });
    }

    [Fact]
    public void Gather_OneWorkerStartsSlowly_TheOthersBeginWithoutItAndItJoinsLater()
    {
        var stage = new Stage();
        stage.Node(slots: 3);
        stage.Submit(plan: Stage.Plan(max: 3));
        stage.Ready("w1-1");
        stage.Ready("w1-2");
        Assert.Equal(0, stage.Generation());
        stage.Wait(3);
        Assert.Equal(["w1-1", "w1-2"], stage.Members());
        stage.FormAll();
        stage.Ready("w1-3");

        Assert.Single(stage.LastOrders<StopAtBoundary>());
    }
}
