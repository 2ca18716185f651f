using PretrainCluster.Core.Coordination;
using PretrainCluster.Core.Coordination.Ledger;
using PretrainCluster.Core.Coordination.Messages;

namespace PretrainCluster.Core.Tests.Coordination;

/// <summary>A coordinator with the world around it played by the test: time, agents, workers, the ledger.</summary>
sealed class Stage
{
    readonly CoordinatorOptions _options;
    byte _secrets;

    public Stage(CoordinatorOptions? options = null, IEnumerable<LedgerEntry>? ledger = null, DateTimeOffset? now = null)
    {
        _options = options ?? new() { NewSecret = () => [++_secrets] };
        Ledger = [.. ledger ?? []];
        Now = now ?? new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);
        Coordinator = new(_options, Ledger, Now);
    }

    public Coordinator Coordinator { get; }
    public DateTimeOffset Now { get; private set; }
    public List<LedgerEntry> Ledger { get; }

    /// <summary>Every command so far, and those of the newest event.</summary>
    public List<CoordinatorCommand> All { get; } = [];
    public IReadOnlyList<CoordinatorCommand> Last { get; private set; } = [];

    public static string Plan(int min = 1, int max = 2, int microBatches = 8, string more = "") => $$"""
        name: test
        data: {dataset: data/test, split: xsub}
        view: {frames: 32}
        encoder: {patch_frames: 4, width: 64, depth: 2, heads: 4}
        objective: {kind: masked_coordinates}
        training: {epochs: 10, batch: {clips: 64, micro_batches: {{microBatches}} }, optimizer: {learning_rate: 0.001} }
        workers: {min: {{min}}, max: {{max}}, device: cpu}
        {{more}}
        """;

    /// <summary>A new coordinator from this one's ledger, as if this one had died.</summary>
    public Stage Successor() => new(_options, Ledger, Now);

    public IReadOnlyList<CoordinatorCommand> Handle(Func<DateTimeOffset, CoordinatorEvent> e)
    {
        Last = Coordinator.Handle(e(Now));
        All.AddRange(Last);
        foreach (var append in Last.OfType<Append>())
        {
            Assert.Equal(Ledger.Count + 1, append.Entry.Number);
            Ledger.Add(append.Entry);
        }
        return Last;
    }

    /// <summary>Lets time pass, with a tick whenever one is due.</summary>
    public void Wait(double seconds, Action? each = null)
    {
        var until = Now.AddSeconds(seconds);
        while (Coordinator.NextDue is { } due && due <= until)
        {
            Now = due > Now ? due : Now;
            Handle(at => new Tick(at));
            each?.Invoke();
        }
        Now = until;
        Handle(at => new Tick(at));
    }

    public void Pass(double seconds) => Now = Now.AddSeconds(seconds);

    public void Node(string node = "a", int slots = 2, params IEnumerable<RunningWorker> workers) =>
        Agent(node, new NodeAnnounced(node, Coordinator.Protocol, [.. Enumerable.Range(0, slots).Select(i => new DeviceSlot($"cpu:{i}", "cpu", ""))], [.. workers]));

    public void Agent(string node, AgentMessage message) => Handle(at => new FromAgent(at, node, message));

    public void Say(WorkerMessage message) => Handle(at => new FromWorker(at, NodeOf(message.Worker), message));

    public static User Operator { get; } = new("olga", Role.Operator);

    public T Ask<T>(UserRequest request, User? by = null) where T : UserReply =>
        Assert.IsAssignableFrom<T>(
            Assert.Single(Handle(at => new FromUser(at, "q", request, by ?? Operator)).OfType<Reply>()).Message);

    public void Submit(string run = "r", string? plan = null, int priority = 0) => Ask<Accepted>(new SubmitRun(run, plan ?? Plan(), priority));

    public IReadOnlyList<ToAgent> Started => [.. All.OfType<ToAgent>().Where(command => command.Order is StartWorker)];

    public IReadOnlyList<string> StartedWorkers => [.. Started.Select(command => ((StartWorker)command.Order).Worker)];

    public string NodeOf(string worker) => Started.FirstOrDefault(command => ((StartWorker)command.Order).Worker == worker)?.Node
        ?? Ledger.OfType<GenerationBegun>().SelectMany(begun => begun.Members).FirstOrDefault(member => member.Worker == worker)?.Node ?? "a";

    public IReadOnlyList<T> LastOrders<T>() where T : WorkerOrder => [.. Last.OfType<ToWorker>().Select(command => command.Order).OfType<T>()];

    public IReadOnlyList<T> LastAgentOrders<T>() where T : AgentOrder => [.. Last.OfType<ToAgent>().Select(command => command.Order).OfType<T>()];

    public void Ready(string worker, string run = "r", long step = -1, long generation = 0, string fingerprint = "f") =>
        Say(new WorkerReady(worker, run, 100, $"127.0.0.1:{worker.GetHashCode() & 0x3fff}", fingerprint, step, generation));

    public void Exit(string worker, int code = -9, string reason = "killed by signal 9") => Agent(NodeOf(worker), new WorkerExited(worker, code, reason));

    public void Beat(string worker, long generation, long step, WorkerPhase phase = WorkerPhase.Exchange, double phaseSeconds = 0.1, double compute = 0.1, long memory = 1 << 20) =>
        Say(new Heartbeat(worker, generation, step, phase, phaseSeconds, 0.2, 0.25, compute, 10, memory));

    public RunStatusView Run(string run = "r") => Coordinator.Status(run).Runs[0];

    public IReadOnlyList<string> Members(string run = "r") => [.. Ledger.OfType<GenerationBegun>().Last(begun => begun.Run == run).Members.Select(member => member.Worker)];

    public long Generation(string run = "r") => Ledger.OfType<GenerationBegun>().LastOrDefault(begun => begun.Run == run)?.Generation ?? 0;

    /// <summary>All members of the newest generation say that it formed.</summary>
    public void FormAll(long step = 0, string run = "r")
    {
        foreach (var member in Members(run))
            Say(new GenerationFormed(member, Generation(run), step, 0, null));
    }

    /// <summary>From nothing to a group that trains.</summary>
    public static Stage Training(int workers = 2, int slots = 4, string? plan = null, long step = 10)
    {
        var stage = new Stage();
        stage.Node(slots: slots);
        stage.Submit(plan: plan ?? Plan(max: workers));
        foreach (var worker in stage.StartedWorkers)
            stage.Ready(worker);
        stage.FormAll(step);
        Assert.Equal("training", stage.Run().State);
        return stage;
    }
}
