using PretrainCluster.Core.Coordination;
using PretrainCluster.Core.Coordination.Ledger;
using PretrainCluster.Core.Coordination.Messages;

namespace PretrainCluster.Hosting.Tests.Codecs;

/// <summary>One message of every kind, with values that a codec could lose.</summary>
public static class MessageSamples
{
    static readonly DateTimeOffset s_at = new(2026, 11, 22, 7, 0, 0, TimeSpan.FromHours(1));
    static readonly WorkerReady s_ready = new("w1", "demo", 4711, "127.0.0.1:40001", "libtorch 1.13.1, \"AVX2\"", -1, 0);

    public static IReadOnlyList<Message> All { get; } =
    [
        s_ready,
        new Heartbeat("w1", 3, 41, WorkerPhase.Exchange, 0.25, 0.1, double.NaN, 0.05, 12.5, 1L << 40),
        new GenerationFormed("w1", 3, 41, 1, null),
        new ExchangeBroken("w1", 3, 41, 2, "rank 2 shut its connection\nsecond line"),
        new AtBoundary("w1", 3, 41),
        new CheckpointWritten("w1", 3, 40, new string('a', 64), 0.125),
        new StepsApplied("w1", 3, [new AppliedStep(1, 0.5, double.PositiveInfinity, 1e-300, double.NaN, 0.1), new AppliedStep(2, 1, 0.1, 0, 1, 0.1)]),
        new WorkerNote("w1", "rejected", "blob häßlich"),
        new WorkerEnded("w1", 3, WorkerOutcome.Finished, 480, "", new string('f', 64)),
        new JoinGeneration("w1", 4, [new Member("w1", "127.0.0.1:1"), new Member("w2", "[::1]:2")], [0, 1, 255]),
        new StopAtBoundary("w1", 4),
        new EndWorker("w1", true, "paused"),
        new NodeAnnounced(
            "local", 2, [new DeviceSlot("cpu:0", "cpu", "")],
            [new RunningWorker("w1", "demo", "cpu:0", s_ready), new RunningWorker("w2", "demo", "cpu:1", null)],
            [new RunningEvaluation("e1", "cpu:1")]),
        new WorkerExited("w1", -9, "killed"),
        new EvaluationEnded("e1", true, ""),
        new IntroduceNode(),
        new StartWorker("w3", "demo", "cpu:2", "name: demo\n"),
        new KillWorker("w3", "silent"),
        new StartEvaluation("e1", "demo", "cpu:0", 480, new string('0', 64), "name: demo\n"),
        new StopEvaluation("e1", "training needs its slot"),
        new SubmitRun("demo", "name: demo\n", -1),
        new ScaleRun("demo", 3),
        new PauseRun("demo"),
        new ResumeRun("demo"),
        new CancelRun("demo", "enough"),
        new AskStatus(null),
        new Accepted("under way"),
        new Refused("no such run"),
        new ClusterStatus(
            [new RunStatusView(
                "demo", "training", "", 0, 4, 41, 2, null, null,
                [new WorkerStatusView("w1", "local", "cpu:0", 0, 4711, "training", 41, 0.1, 0.2, 0.05, 12.5, 1L << 33)],
                "anna")],
            [new NodeStatusView("local", true, ["cpu:1"], ["cpu:0"])],
            [new MemberStatusView("10.0.0.1:4053", ["coordinator"], "up", true, true, true)]),
        new CoordinatorStarted(1, s_at),
        new RunSubmitted(2, s_at, "demo", "name: demo\n", 0, "anna"),
        new TargetScaled(3, s_at, "demo", 2, "anna"),
        new RunPaused(4, s_at, "demo", "anna"),
        new RunResumed(5, s_at, "demo", "anna"),
        new CancelRequested(6, s_at, "demo", "enough", "anna"),
        new GenerationBegun(7, s_at, "demo", 4, [new PlacedWorker("w1", "local", "cpu:0")], "cpu", ""),
        new WorkerRemoved(8, s_at, "demo", "w2", "killed"),
        new CheckpointCommitted(9, s_at, "demo", 40, new string('a', 64)),
        new EvaluationPlanned(10, s_at, "e1", "demo", 40, new string('a', 64)),
        new EvaluationDone(11, s_at, "e1", true, ""),
        new RunEnded(12, s_at, "demo", RunEnd.Cancelled, "enough", 41, null),
    ];
}
