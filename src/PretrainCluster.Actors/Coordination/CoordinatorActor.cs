using Akka.Actor;
using Akka.Cluster;
using Akka.Event;
using PretrainCluster.Actors.Nodes;
using PretrainCluster.Actors.Wire;
using PretrainCluster.Core;
using PretrainCluster.Core.Coordination.Messages;
using PretrainCluster.Hosting.Hosts;
using PretrainCluster.Hosting.Ledgers;
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
    readonly Action<Exception> _superseded;
    readonly ILoggingAdapter _log = Context.GetLogger();
    readonly Akka.Cluster.Cluster _cluster = Akka.Cluster.Cluster.Get(Context.System);
    readonly Dictionary<string, IActorRef> _agents = [];
    readonly string _runs;
    CoordinatorDriver? _driver;

    /// <param name="runs">folder that holds the runs, the same for every node</param>
    /// <param name="superseded">told once another coordinator has taken over; this one does nothing more</param>
    public CoordinatorActor(string runs, StoreLedger ledger, Func<string, Training.Runs.IRunObserver> observe, TimeProvider clock, Action<Exception> superseded)
    {
        (_runs, _ledger, _clock, _superseded) = (runs, ledger, clock, superseded);
        _books = new RunBooks(runs, observe, clock, text => _log.Warning("{0}", text));

        Receive<AgentMessage>(said => FromAgent(said));
        Receive<WorkerMessage>(said => Drive(driver => driver.Hear(NodeOf(Sender), said)));
        Receive<UserRequest>(FromUser);
        Receive<Due>(_ => Drive(driver => driver.Tick()));
        Receive<ClusterEvent.MemberUp>(up => Greet(up.Member));
        Receive<ClusterEvent.ReachableMember>(back => Greet(back.Member));
        Receive<ClusterEvent.UnreachableMember>(lost => Lose(lost.Member, "it cannot be reached"));
        Receive<ClusterEvent.MemberDowned>(lost => Lose(lost.Member, "the cluster has given it up"));
        Receive<ClusterEvent.MemberRemoved>(lost => Lose(lost.Member, "it has left the cluster"));
        Receive<ClusterEvent.IMemberEvent>(_ => { });
    }

    public ITimerScheduler Timers { get; set; } = null!;

    /// <summary>What a node is called: the address at which the cluster knows it.</summary>
    public static string NodeOf(Address address) => $"{address.Host}:{address.Port}";

    protected override void PreStart()
    {
        _driver = new CoordinatorDriver(_ledger, _books, Tell, _clock);
        _cluster.Subscribe(Self, ClusterEvent.SubscriptionInitialStateMode.InitialStateAsEvents, typeof(ClusterEvent.IMemberEvent), typeof(ClusterEvent.IReachabilityEvent));
        Drive(driver => driver.Tick());
    }

    protected override void PostStop()
    {
        _cluster.Unsubscribe(Self);
        _books.Dispose();
    }

    string NodeOf(IActorRef agent) => NodeOf(agent.Path.Address.Host is null ? _cluster.SelfAddress : agent.Path.Address);

    void FromAgent(AgentMessage said)
    {
        var node = NodeOf(Sender);
        if (said is NodeAnnounced announced)
        {
            if (announced.Node != node)
            {
                _log.Warning("{0} announces itself as {1}; it is not used", node, announced.Node);
                return;
            }
            _agents[node] = Sender;
        }
        Drive(driver => driver.Hear(node, said));
    }

    void FromUser(UserRequest request)
    {
        if (request is SubmitRun submit && Check(submit) is { } refused)
        {
            Sender.Tell(refused);
            return;
        }
        var user = Sender;
        Drive(driver => driver.Ask(request, reply => user.Tell(reply is ClusterStatus status ? status with { Members = Members() } : reply)));
    }

    IReadOnlyList<MemberStatusView> Members()
    {
        var seen = _cluster.State;
        return
        [
            .. seen.Members.Select(member => new MemberStatusView(NodeOf(member.Address), [.. member.Roles.Where(role => role is NodeRole.Coordinator or NodeRole.Worker)], member.Status.ToString().ToLowerInvariant(),
                !seen.Unreachable.Contains(member), member.Address.Equals(seen.Leader), member.Address.Equals(_cluster.SelfAddress))),
        ];
    }

    void Greet(Member member)
    {
        if (member.HasRole(NodeRole.Worker))
            Context.ActorSelection(new RootActorPath(member.Address) / "user" / AgentActor.Name).Tell(Introduce.Yourself);
    }

    void Lose(Member member, string reason)
    {
        var node = NodeOf(member.Address);
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
            _log.Error("{0}", superseded.Message);
            _superseded(superseded);
            Context.Stop(Self);
            return;
        }
        if (_driver!.NextDue is { } due)
            Timers.StartSingleTimer(nameof(Due), new Due(), TimeSpan.FromTicks(Math.Max(0, (due - _clock.GetUtcNow()).Ticks)));
    }

    // One that is not there has been lost, and its workers with it: their places are being filled.
    void Tell(string node, Message order) => _agents.GetValueOrDefault(node)?.Tell(order);

    Refused? Check(SubmitRun submit)
    {
        try
        {
            RunBooks.Check(submit.Run, submit.Plan, _runs);
            return null;
        }
        catch (Exception unusable) when (unusable is InputException or IOException or UnauthorizedAccessException)
        {
            return new Refused(unusable.Message);
        }
    }

    sealed record Due;
}
