using Akka.Actor;
using Akka.TestKit;
using PretrainCluster.Actors.Nodes;
using PretrainCluster.Core.Coordination.Messages;
using PretrainCluster.Hosting.Agents;

namespace PretrainCluster.Actors.Tests.Nodes;

/// <summary>A node's agent behind its actor, with a shell script in the place of workers and a probe in that of the coordinator.</summary>
public sealed class AgentActorTests : ActorStage
{
    readonly CoordinatorLine _line = new();
    readonly NodeAgent _agent;
    readonly EvaluationProcesses _evaluations;

    public AgentActorTests() : base(NodeRole.Worker)
    {
        var folder = Directory.CreateDirectory(In("agent")).FullName;
        _evaluations = new EvaluationProcesses(new WorkerProgram("/bin/false", []), folder);
        _agent = new NodeAgent(new NodeOptions
        {
            Node = Self,
            Folder = folder,
            RunFolder = _ => folder,
            Slots = [new DeviceSlot("cpu:0", "cpu", "")],
            Program = new WorkerProgram("/bin/sh", ["-c", "echo 'the disk is full' >&2; exit 3", "worker"]),
        }, _evaluations, _line.Report, (_, _, _) => { });
        _agent.Start([]);
    }

    [Fact]
    public void Introduce_SaysWhatTheNodeIs()
    {
        var (agent, coordinator) = Start();
        coordinator.Send(agent, new IntroduceNode());
        var announced = Expect<NodeAnnounced>(coordinator);
        Assert.Equal((Self, "cpu:0"), (announced.Node, Assert.Single(announced.Slots).Slot));
    }

    [Fact]
    public void Order_IsCarriedOut_AndWhatComesOfItIsReported()
    {
        var (agent, coordinator) = Start();
        coordinator.Send(agent, new IntroduceNode());
        coordinator.Send(agent, new StartWorker("w1", "demo", "cpu:0", """
            name: demo
            data: {dataset: data/demo, split: xsub}
            view: {frames: 16}
            encoder: {width: 16, depth: 1, heads: 2}
            objective: {kind: masked_coordinates}
            training: {epochs: 1, batch: {clips: 4}}
            """));
        Assert.Equal(new WorkerExited("w1", 3, "ended with code 3: the disk is full"), Expect<WorkerExited>(coordinator));
    }

    [Fact]
    public void MessageThatIsNoOrder_IsRefusedAndLoggedOnce()
    {
        var (agent, coordinator) = Start();
        coordinator.Send(agent, new AskStatus(null));
        coordinator.Send(agent, new AskStatus(null));
        AwaitAssert(
            () => Assert.Single(
            Said.All, line => line.Contains("AskStatus from", StringComparison.Ordinal)
            && line.Contains("is no order", StringComparison.Ordinal)));
        coordinator.ExpectNoMsg(TimeSpan.FromMilliseconds(100));
    }

    protected override void AfterAll()
    {
        _agent.KillAll("the test is over");
        _agent.Dispose();
        _evaluations.Dispose();
        base.AfterAll();
    }

    (IActorRef Agent, TestProbe Coordinator) Start()
    {
        var (coordinator, refusals) = (CreateTestProbe(), Refusals);
        var self = coordinator.Ref;
        return (Sys.ActorOf(Props.Create(() => new AgentActor(_agent, _line, self, refusals))), coordinator);
    }
}
