using Akka.Cluster;
using PretrainCluster.Artifacts.Files;
using PretrainCluster.Core.Plans;
using PretrainCluster.Hosting.Hosts;
using PretrainCluster.Hosting.Ledgers;
using PretrainCluster.Learning.Evaluation;
using PretrainCluster.Training.Runs;
using Member = Akka.Cluster.Member;

namespace PretrainCluster.Actors.Coordination;

/// <summary>
/// The cluster's coordinator: a singleton on the nodes of its role. It decides nothing: what agents, users and the cluster's membership say goes to a
/// <see cref="CoordinatorDriver"/>, and what that tells becomes messages.
/// </summary>
sealed class CoordinatorActor : ReceiveActor, IWithTimers
{
    readonly StoreLedger _ledger;
    readonly RunBooks _books;
    readonly TimeProvider _clock;
    readonly ILogger _log;
    readonly Action<Exception> _superseded;
    readonly Akka.Cluster.Cluster _cluster = Akka.Cluster.Cluster.Get(Context.System);
    readonly Dictionary<string, IActorRef> _agents = [];
    readonly string _runs;
    readonly PlanKinds _kinds;
    readonly CoordinatorPulse _pulse;
    readonly Refusals _refusals;
    CoordinatorDriver? _driver;

    /// <param name="runs">folder that holds the runs, the same for every node</param>
    /// <param name="kinds">that plans may name</param>
    /// <param name="superseded">told once another coordinator has taken over; this one does nothing more</param>
    /// <param name="pulse">kept beating for as long as this one coordinates</param>
    public CoordinatorActor(
        string runs, PlanKinds kinds, StoreLedger ledger, CoordinatorPulse pulse, ILogger log, TimeProvider clock,
        Action<Exception> superseded)
    {
        (_runs, _kinds, _ledger, _pulse) = (runs, kinds, ledger, pulse);
        (_log, _clock, _superseded) = (log, clock, superseded);
        _refusals = new Refusals(log.Refused);
        _books = new RunBooks(runs, kinds, run => new RunLines(log, run), clock, log.Trouble);

        Receive<Message>(Hear);
        Receive<Asked>(Answer);
        Receive<Due>(_ => Drive(driver => driver.Tick()));
        Receive<Beat>(_ => KeepBeating());
        Receive<ClusterEvent.MemberUp>(up => Greet(up.Member));
        Receive<ClusterEvent.ReachableMember>(back => Greet(back.Member));
        Receive<ClusterEvent.UnreachableMember>(lost => Lose(lost.Member, "it cannot be reached"));
        Receive<ClusterEvent.MemberRemoved>(lost => Lose(lost.Member, "it has left the cluster"));
        Receive<ClusterEvent.IMemberEvent>(_ => { });
    }

    public ITimerScheduler Timers { get; set; } = null!;

    protected override void PreStart()
    {
        _driver = new CoordinatorDriver(_ledger, _books, Tell, _clock);
        _cluster.Subscribe(Self, ClusterEvent.SubscriptionInitialStateMode.InitialStateAsEvents, typeof(ClusterEvent.IMemberEvent), typeof(ClusterEvent.IReachabilityEvent));
        Drive(driver => driver.Tick());
        if (_driver.LastEntry > 0)
            _log.Coordinates(_driver.LastEntry);
        KeepBeating();
    }

    protected override void PostStop()
    {
        _cluster.Unsubscribe(Self);
        _books.Dispose();
        if (_driver is { LastEntry: > 0 and var last })
            _log.CoordinatesNoMore(last);
    }

    // Only nodes reach this actor: users speak to a node, which says who they are.
    void Hear(Message message)
    {
        var sender = NodeEndpoint.NameOf(Sender.Path.Address.Host is null ? _cluster.SelfAddress : Sender.Path.Address);
        switch (message)
        {
            case NodeAnnounced announced when announced.Node == sender:
                _agents[sender] = Sender;
                Drive(driver => driver.Hear(sender, announced));
                break;
            case NodeAnnounced announced:
                _refusals.Note($"a message from {sender}: it announces {announced.Node}");
                break;
            case AgentMessage or WorkerMessage when !_agents.ContainsKey(sender):
                // Meant for the coordinator before this one, or from before the node was lost. What counts of it is
                // said again behind the announcement.
                break;
            case AgentMessage said:
                Drive(driver => driver.Hear(sender, said));
                break;
            case WorkerMessage said:
                Drive(driver => driver.Hear(sender, said));
                break;
            default:
                _refusals.Note($"a message from {sender}: {message.GetType().Name} is not for the coordinator");
                break;
        }
    }

    void Answer(Asked asked)
    {
        var (user, request, by) = (Sender, asked.Request, asked.User);
        if (request is SubmitRun submit && by.Role is (Role.Researcher or Role.Operator)
            && Check(submit) is { } refused)
            user.Tell(refused);
        else
            Drive(driver => driver.Ask(request, by, Reply));

        void Reply(UserReply reply)
        {
            if (reply is Refused no)
                _refusals.Note($"{request.GetType().Name} by {by.Name}: {no.Reason}");
            reply = reply is ClusterStatus status ? status with { Members = Members() } : reply;
            user.Tell(
                MessageSerializer.Fits(reply) ? reply
                : new Refused($"the answer has more than {MessageSerializer.MostBytes} bytes; ask for one run"));
        }
    }

    IReadOnlyList<MemberStatusView> Members()
    {
        var seen = _cluster.State;
        return
        [
            .. seen.Members.Select(member => new MemberStatusView(NodeEndpoint.NameOf(member.Address), [.. member.Roles.Where(role => role is NodeRole.Coordinator or NodeRole.Worker)], member.Status.ToString().ToLowerInvariant(),
                !seen.Unreachable.Contains(member), member.Address.Equals(seen.Leader), member.Address.Equals(_cluster.SelfAddress))),
        ];
    }

    void Greet(Member member)
    {
        if (member.HasRole(NodeRole.Worker))
            Context.ActorSelection(new RootActorPath(member.Address) / "user" / AgentActor.Name)
                .Tell(new IntroduceNode());
    }

    void Lose(Member member, string reason)
    {
        // To a node that leaves, or was given up, all others vanish in the end; that says nothing about them.
        if (_cluster.IsTerminated || _cluster.SelfMember.Status is MemberStatus.Down or MemberStatus.Removed)
            return;
        var node = NodeEndpoint.NameOf(member.Address);
        if (member.HasRole(NodeRole.Worker) && _agents.Remove(node))
            Drive(driver => driver.Lose(node, reason));
    }

    void Drive(Action<CoordinatorDriver> step)
    {
        try
        {
            step(_driver!);
            _books.CloseComplete();
        }
        catch (LedgerSupersededException superseded)
        {
            _log.Superseded(superseded.Message);
            _superseded(superseded);
            Context.Stop(Self);
            return;
        }
        if (_driver!.NextDue is { } due)
            Timers.StartSingleTimer(nameof(Due), new Due(), TimeSpan.FromTicks(Math.Max(0, (due - _clock.GetUtcNow()).Ticks)));
    }

    // One that is not there has been lost, and its workers with it: their places are being filled.
    void Tell(string node, Message order) => _agents.GetValueOrDefault(node)?.Tell(order);

    void KeepBeating()
    {
        try
        {
            _pulse.Beat();
        }
        catch (IOException failure)
        {
            _log.Trouble(failure.Message);
        }
        Timers.StartSingleTimer(nameof(Beat), new Beat(), CoordinatorPulse.Interval);
    }

    Refused? Check(SubmitRun submit)
    {
        try
        {
            RunBooks.Check(submit.Run, submit.Plan, _runs, _kinds);
            return null;
        }
        catch (Exception unusable) when (unusable is InputException or IOException or UnauthorizedAccessException)
        {
            return new Refused(unusable.Message);
        }
    }

    sealed record Due;

    sealed record Beat;
}

/// <summary>
/// A sign of life of the coordinator in the folder that all nodes share: a file that changes every few seconds. It tells a seed node that cannot reach the
/// others whether it may begin a cluster, or is merely cut off from one that goes on.
/// </summary>
sealed class CoordinatorPulse(string folder)
{
    public static readonly TimeSpan Interval = TimeSpan.FromSeconds(4);

    /// <summary>Without a change for so long nobody coordinates.</summary>
    public static readonly TimeSpan Patience = 3 * Interval;

    readonly string _file = Path.Combine(folder, "pulse");
    readonly string _own = Guid.NewGuid().ToString("N");
    long _beats;

    /// <exception cref="IOException">The folder cannot be written.</exception>
    public void Beat() => AtomicFile.WriteAllText(_file, FormattableString.Invariant($"{_own} {++_beats}\n"));

    /// <summary>What stands there; null where there never was a coordinator.</summary>
    public string? Read() => File.Exists(_file) ? File.ReadAllText(_file) : null;
}

/// <summary>A run's events as lines of the node's log.</summary>
sealed class RunLines(ILogger log, string run) : IRunObserver
{
    public void Event(RunEvent runEvent) =>
        log.RunEvent(
            run, runEvent.Kind.ToString().ToLowerInvariant(), runEvent.Message,
            runEvent.By is { } by ? $" (by {by})" : "");

    public void Stage(string name, RunInfo? run)
    {
    }

    public void Step(StepMetrics metrics, RunInfo run)
    {
    }

    public void Evaluated(EvaluationResult result)
    {
    }

    public void Status(RunStatusView status)
    {
    }
}
