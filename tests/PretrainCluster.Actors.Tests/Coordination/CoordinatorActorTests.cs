using Akka.Actor;
using PretrainCluster.Actors.Coordination;
using PretrainCluster.Actors.Nodes;
using PretrainCluster.Actors.Wire;
using PretrainCluster.Artifacts.Stores;
using PretrainCluster.Core.Coordination;
using PretrainCluster.Core.Coordination.Ledger;
using PretrainCluster.Core.Coordination.Messages;
using PretrainCluster.Hosting.Codecs;
using PretrainCluster.Hosting.Ledgers;
using PretrainCluster.Learning;
using PretrainCluster.Skeletons.Datasets;
using PretrainCluster.Skeletons.Synthesis;

namespace PretrainCluster.Actors.Tests.Coordination;

/// <summary>What the coordinator's actor hears, from whom, and where its orders and answers go.</summary>
public sealed class CoordinatorActorTests() : ActorStage(NodeRole.Coordinator)
{
    static readonly User s_olga = new("olga", Role.Operator);

    readonly TaskCompletionSource<Exception> _superseded = new(TaskCreationOptions.RunContinuationsAsynchronously);

    [Fact]
    public void Submit_WithANodeThatAnnouncedItself_IsAcceptedAndStartsAWorkerThere()
    {
        var (coordinator, agent, user) = (Start(), CreateTestProbe(), CreateTestProbe());
        agent.Send(coordinator, Announcement());
        user.Send(coordinator, new Asked(s_olga, new SubmitRun("tiny", Plan(), 0)));

        Expect<Accepted>(user);
        var start = Expect<StartWorker>(agent);
        Assert.Equal(("tiny", "cpu:0"), (start.Run, start.Slot));
        Assert.Contains(Ledger(), entry => entry is RunSubmitted { Run: "tiny", By: "olga" });
        // What the worker's end means is the coordinator's to say: it starts another.
        agent.Send(coordinator, new WorkerExited(start.Worker, 1, "ended with code 1: no disk"));
        Assert.NotEqual(start.Worker, Expect<StartWorker>(agent).Worker);
    }

    [Fact]
    public void Submit_OfAPlanWhoseDatasetIsNotThere_IsRefusedAndLeavesNoTrace()
    {
        var (coordinator, user) = (Start(), CreateTestProbe());
        user.Send(coordinator, new Asked(s_olga, new SubmitRun("tiny", Plan(dataset: In("nothing")), 0)));

        Assert.Contains(In("nothing"), Expect<Refused>(user).Reason);
        Assert.DoesNotContain(Ledger(), entry => entry is RunSubmitted);
    }

    [Fact]
    public void Report_OfANodeThatDidNotAnnounceItself_IsLeftOut()
    {
        var (coordinator, agent, user) = (Start(), CreateTestProbe(), CreateTestProbe());
        agent.Send(coordinator, new WorkerExited("w1-1", 1, "ended"));
        user.Send(coordinator, new Asked(s_olga, new AskStatus(null)));
        Assert.Empty(Expect<ClusterStatus>(user).Nodes);

        agent.Send(coordinator, Announcement());
        user.Send(coordinator, new Asked(s_olga, new AskStatus(null)));
        Assert.Equal(Self, Assert.Single(Expect<ClusterStatus>(user).Nodes).Node);
    }

    [Fact]
    public void Announcement_OfAnotherNode_IsRefusedAndLoggedOnce()
    {
        var (coordinator, agent, user) = (Start(), CreateTestProbe(), CreateTestProbe());
        for (var time = 0; time < 3; time++)
            agent.Send(coordinator, new NodeAnnounced("10.0.0.9:4053", MessageKinds.Protocol, [], []));
        user.Send(coordinator, new Asked(s_olga, new AskStatus(null)));
        Assert.Empty(Expect<ClusterStatus>(user).Nodes);
        Assert.Single(Said.All, line => line.Contains("it announces 10.0.0.9:4053", StringComparison.Ordinal));
    }

    [Fact]
    public void Cancel_ByAViewer_IsRefusedAndLoggedOnce()
    {
        var (coordinator, user) = (Start(), CreateTestProbe());
        for (var time = 0; time < 3; time++)
        {
            user.Send(coordinator, new Asked(new User("vera", Role.Viewer), new CancelRun("tiny", "")));
            Assert.Contains("a viewer may ask for status only", Expect<Refused>(user).Reason);
        }
        Assert.Single(Said.All, line => line.Contains("refused: CancelRun by vera", StringComparison.Ordinal));
    }

    [Fact]
    public void Request_ThatNoNodeHasTakenFromAUser_IsRefused()
    {
        var (coordinator, stranger) = (Start(), CreateTestProbe());
        stranger.Send(coordinator, new CancelRun("tiny", ""));
        AwaitAssert(
            () => Assert.Single(
            Said.All, line => line.Contains("CancelRun is not for the coordinator", StringComparison.Ordinal)));
        stranger.ExpectNoMsg(TimeSpan.Zero);
    }

    [Fact]
    public async Task Entry_WhoseNumberAnotherCoordinatorTook_EndsThisOneBeforeItAnswers()
    {
        var (coordinator, user, watcher) = (Start(), CreateTestProbe(), CreateTestProbe());
        watcher.Watch(coordinator);
        user.Send(coordinator, new Asked(s_olga, new AskStatus(null)));
        Expect<ClusterStatus>(user);
        var written = Ledger();
        await OpenLedger().AppendAsync(new CoordinatorStarted(written[^1].Number + 1, written[^1].At));

        user.Send(coordinator, new Asked(s_olga, new SubmitRun("tiny", Plan(), 0)));
        watcher.ExpectTerminated(coordinator);
        Assert.IsType<LedgerSupersededException>(await _superseded.Task.WaitAsync(TimeSpan.FromSeconds(10)));
        user.ExpectNoMsg(TimeSpan.FromMilliseconds(100));
        Assert.DoesNotContain(Ledger(), entry => entry is RunSubmitted);
    }

    IActorRef Start()
    {
        var (runs, pulse) = (Directory.CreateDirectory(In("runs")).FullName, new CoordinatorPulse(Directory.CreateDirectory(In("cluster")).FullName));
        var (ledger, log) = (OpenLedger(), Said);
        return Sys.ActorOf(
            Props.Create(
            () => new CoordinatorActor(runs, Methods.BuiltIn, ledger, pulse, log, TimeProvider.System, _superseded.SetResult)));
    }

    StoreLedger OpenLedger() => new(DirectoryStore.Open(In("cluster")), TimeProvider.System);

    IReadOnlyList<LedgerEntry> Ledger() => OpenLedger().ReadAsync().GetAwaiter().GetResult();

    NodeAnnounced Announcement() => new(Self, MessageKinds.Protocol, [new DeviceSlot("cpu:0", "cpu", "")], []);

    string Plan(string? dataset = null)
    {
        if (dataset is null)
            new SkeletonSynthesizer(new SynthesisOptions { Clips = 42, Subjects = 6, MinFrames = 12, MaxFrames = 24 }).WriteTo(dataset = In("data"), new DatasetWriterOptions());
        return $$$"""
            name: tiny
            data: {dataset: "{{{dataset}}}", split: xsub}
            view: {frames: 16}
            encoder: {width: 16, depth: 1, heads: 2}
            objective: {kind: masked_coordinates}
            training: {epochs: 1, batch: {clips: 4}}
            """;
    }
}
