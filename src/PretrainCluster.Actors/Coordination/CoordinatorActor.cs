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
    readonly Action<string> _say;
    readonly Action<Exception> _superseded;
    readonly ILoggingAdapter _log = Context.GetLogger();
    readonly Akka.Cluster.Cluster _cluster = Akka.Cluster.Cluster.Get(Context.System);
    readonly Dictionary<string, IActorRef> _agents = [];
    readonly string _runs;
    readonly CoordinatorPulse _pulse;
    readonly Seal _seal;
    readonly Refusals _refusals = new(Context.GetLogger());
    CoordinatorDriver? _driver;

    /// <param name="runs">folder that holds the runs, the same for every node</param>
    /// <param name="say">told a line for whoever watches the node</param>
    /// <param name="superseded">told once another coordinator has taken over; this one does nothing more</param>
    /// <param name="pulse">kept beating for as long as this one coordinates</param>
    public CoordinatorActor(string runs, StoreLedger ledger, CoordinatorPulse pulse, ClusterSecret secret, Action<string> say, TimeProvider clock, Action<Exception> superseded)
    {
        (_runs, _ledger, _pulse, _say, _clock, _superseded) = (runs, ledger, pulse, say, clock, superseded);
        _seal = new Seal(secret, NodeEndpoint.NameOf(_cluster.SelfAddress));
        _books = new RunBooks(runs, run => new RunLines(line => say($"{run}: {line}")), clock, text => _log.Warning("{0}", text));

        Receive<Sealed>(Hear);
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
            _say($"coordinates, from entry {_driver.LastEntry} of the ledger on");
        KeepBeating();
    }

    protected override void PostStop()
    {
        _cluster.Unsubscribe(Self);
        _books.Dispose();
        if (_driver is { LastEntry: > 0 })
            _say($"coordinates no more; its last entry is {_driver.LastEntry}");
    }

    void Hear(Sealed sealedMessage)
    {
        var sender = NodeEndpoint.NameOf(Sender.Path.Address.Host is null ? _cluster.SelfAddress : Sender.Path.Address);
        try
        {
            var (message, from) = _seal.Open(sealedMessage, NodeRole.Coordinator);
            if (from != sender)
                throw new SealException($"it is sealed by {from}");
            switch (message)
            {
                case NodeAnnounced announced when announced.Node != sender:
                    throw new SealException($"it announces {announced.Node}");
                case NodeAnnounced announced:
                    _agents[sender] = Sender;
                    Drive(driver => driver.Hear(sender, announced));
                    break;
                case AgentMessage or WorkerMessage when !_agents.ContainsKey(sender):
                    // Meant for the coordinator before this one, or from before the node was lost. What counts of it is said again behind the announcement.
                    break;
                case AgentMessage said:
                    Drive(driver => driver.Hear(sender, said));
                    break;
                case WorkerMessage said:
                    Drive(driver => driver.Hear(sender, said));
                    break;
                case UserRequest request:
                    Answer(request, sender);
                    break;
                default:
                    throw new SealException($"{message.GetType().Name} is not for the coordinator");
            }
        }
        catch (SealException refused)
        {
            _refusals.Note(Sender, refused.Message);
        }
    }

    void Answer(UserRequest request, string from)
    {
        var user = Sender;
        if (request is SubmitRun submit && Check(submit) is { } refused)
            Reply(refused);
        else
            Drive(driver => driver.Ask(request, reply => Reply(reply is ClusterStatus status ? status with { Members = Members() } : reply)));

        void Reply(UserReply reply)
        {
            try
            {
                user.Tell(_seal.Close(reply, from));
            }
            catch (SealException tooLong)
            {
                user.Tell(_seal.Close(new Refused($"the answer cannot be sent: {tooLong.Message}; ask for one run"), from));
            }
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
            Context.ActorSelection(new RootActorPath(member.Address) / "user" / AgentActor.Name).Tell(_seal.Close(new IntroduceNode(), NodeEndpoint.NameOf(member.Address)));
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
            _log.Error("{0}", superseded.Message);
            _superseded(superseded);
            Context.Stop(Self);
            return;
        }
        if (_driver!.NextDue is { } due)
            Timers.StartSingleTimer(nameof(Due), new Due(), TimeSpan.FromTicks(Math.Max(0, (due - _clock.GetUtcNow()).Ticks)));
    }

    // One that is not there has been lost, and its workers with it: their places are being filled.
    void Tell(string node, Message order) => _agents.GetValueOrDefault(node)?.Tell(_seal.Close(order, node));

    void KeepBeating()
    {
        try
        {
            _pulse.Beat();
        }
        catch (IOException failure)
        {
            _log.Warning("{0}", failure.Message);
        }
        Timers.StartSingleTimer(nameof(Beat), new Beat(), CoordinatorPulse.Interval);
    }

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

    sealed record Beat;
}
