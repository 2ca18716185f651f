using System.Security.Cryptography;
using Akka.Actor;
using Akka.Cluster;
using Akka.Event;
using PretrainCluster.Actors.Nodes;
using PretrainCluster.Actors.Wire;
using PretrainCluster.Core;
using PretrainCluster.Core.Coordination;
using PretrainCluster.Core.Coordination.Messages;
using PretrainCluster.Hosting.Ledgers;
using Member = Akka.Cluster.Member;

namespace PretrainCluster.Actors.Coordination;

/// <summary>
/// The cluster's coordinator: a singleton on the nodes of its role. It decides nothing; what agents, users and the cluster's membership say becomes
/// events of <see cref="Core.Coordination.Coordinator"/>, and its commands become messages, entries of the ledger and lines of the runs' records.
/// </summary>
sealed class CoordinatorActor : ReceiveActor, IWithTimers
{
    const string Due = "due";

    readonly StoreLedger _ledger;
    readonly RunBooks _books;
    readonly TimeProvider _clock;
    readonly Action<Exception> _superseded;
    readonly ILoggingAdapter _log = Context.GetLogger();
    readonly Akka.Cluster.Cluster _cluster = Akka.Cluster.Cluster.Get(Context.System);
    readonly Dictionary<string, IActorRef> _agents = [];
    readonly Dictionary<string, IActorRef> _asked = [];
    readonly Func<SubmitRun, Refused?> _check;
    Coordinator? _coordinator;
    long _requests;

    /// <param name="runs">folder that holds the runs, the same for every node</param>
    /// <param name="superseded">told once another coordinator has taken over; this one does nothing more</param>
    public CoordinatorActor(string runs, StoreLedger ledger, Func<string, Training.Runs.IRunObserver> observe, TimeProvider clock, Action<Exception> superseded)
    {
        (_ledger, _clock, _superseded) = (ledger, clock, superseded);
        _books = new RunBooks(runs, observe, clock, text => _log.Warning("{0}", text));
        _check = submit => Check(submit, runs);

        Receive<AgentMessage>(said => FromAgent(said));
        Receive<WorkerMessage>(said => Handle(new FromWorker(Now, NodeOf(Sender), said), said));
        Receive<UserRequest>(FromUser);
        Receive<Tick>(_ => Handle(new Tick(Now)));
        Receive<ClusterEvent.MemberUp>(up => Greet(up.Member));
        Receive<ClusterEvent.ReachableMember>(back => Greet(back.Member));
        Receive<ClusterEvent.UnreachableMember>(lost => Lose(lost.Member, "it cannot be reached"));
        Receive<ClusterEvent.MemberDowned>(lost => Lose(lost.Member, "the cluster has given it up"));
        Receive<ClusterEvent.MemberRemoved>(lost => Lose(lost.Member, "it has left the cluster"));
        Receive<ClusterEvent.IMemberEvent>(_ => { });
    }

    public ITimerScheduler Timers { get; set; } = null!;

    DateTimeOffset Now => _clock.GetUtcNow();

    /// <summary>What a node is called: the address at which the cluster knows it.</summary>
    public static string NodeOf(Address address) => $"{address.Host}:{address.Port}";

    protected override void PreStart()
    {
        var entries = _ledger.ReadAsync().GetAwaiter().GetResult();
        _coordinator = new Coordinator(new CoordinatorOptions { NewSecret = () => RandomNumberGenerator.GetBytes(32) }, entries, Now);
        _books.Continue(entries);
        _cluster.Subscribe(Self, ClusterEvent.SubscriptionInitialStateMode.InitialStateAsEvents, typeof(ClusterEvent.IMemberEvent), typeof(ClusterEvent.IReachabilityEvent));
        Handle(new Tick(Now));
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
        Handle(new FromAgent(Now, node, said), said);
    }

    void FromUser(UserRequest request)
    {
        if (request is SubmitRun submit && _check(submit) is { } refused)
        {
            Sender.Tell(refused);
            return;
        }
        var name = $"{++_requests}";
        _asked[name] = Sender;
        Handle(new FromUser(Now, name, request));
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
            Handle(new NodeLost(Now, node, reason));
    }

    void Handle(CoordinatorEvent e, Message? said = null)
    {
        if (said is not null)
            _books.Hear(said);
        try
        {
            CarryOut(_coordinator!.Handle(e));
            _books.CloseComplete();
        }
        catch (LedgerSupersededException superseded)
        {
            _log.Error("{0}", superseded.Message);
            _superseded(superseded);
            Context.Stop(Self);
            return;
        }
        if (_coordinator.NextDue is { } due)
            Timers.StartSingleTimer(Due, new Tick(due), due > Now ? due - Now : TimeSpan.Zero);
    }

    /// <summary>In their order: what the ledger has not taken, nobody may act upon.</summary>
    void CarryOut(IReadOnlyList<CoordinatorCommand> commands)
    {
        foreach (var command in commands)
        {
            switch (command)
            {
                case Append append:
                    _ledger.AppendAsync(append.Entry).GetAwaiter().GetResult();
                    _books.Keep(append.Entry);
                    break;
                case ToWorker order:
                    Tell(order.Node, order.Order);
                    break;
                case ToAgent order:
                    _books.Order(order.Order);
                    Tell(order.Node, order.Order);
                    break;
                case Reply reply:
                    if (_asked.Remove(reply.Request, out var user))
                        user.Tell(reply.Message);
                    break;
                case Record { Kind: RecordKind.Node } record:
                    _log.Warning("{0}", record.Text);
                    break;
                case Record record:
                    _books.Note(record);
                    break;
            }
        }
    }

    // One that is not there has been lost, and its workers with it: their places are being filled.
    void Tell(string node, Message order) => _agents.GetValueOrDefault(node)?.Tell(order);

    static Refused? Check(SubmitRun submit, string runs)
    {
        try
        {
            RunBook.Check(submit.Run, submit.Plan, runs);
            return null;
        }
        catch (Exception unusable) when (unusable is InputException or IOException or UnauthorizedAccessException)
        {
            return new Refused(unusable.Message);
        }
    }
}
