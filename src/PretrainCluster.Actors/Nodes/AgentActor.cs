using Akka.Cluster;
using PretrainCluster.Hosting.Agents;

namespace PretrainCluster.Actors.Nodes;

/// <summary>
/// A node's agent as the cluster sees it: orders go to it, what it and its workers say goes to wherever the coordinator is. The agent itself outlives this
/// actor, and the actor system; while no coordinator node can be reached its workers are left to themselves.
/// </summary>
sealed class AgentActor : ReceiveActor
{
    public const string Name = "agent";

    readonly NodeAgent _agent;
    readonly CoordinatorLine _line;
    readonly IActorRef _coordinator;
    readonly Akka.Cluster.Cluster _cluster = Akka.Cluster.Cluster.Get(Context.System);
    readonly Refusals _refusals;

    /// <param name="coordinator">a proxy of the singleton</param>
    public AgentActor(NodeAgent agent, CoordinatorLine line, IActorRef coordinator, Refusals refusals)
    {
        (_agent, _line, _coordinator, _refusals) = (agent, line, coordinator, refusals);
        Receive<AgentOrder>(_agent.Carry);
        Receive<WorkerOrder>(_agent.Forward);
        Receive<Message>(other => _refusals.Note($"{other.GetType().Name} from {Sender.Path.Address} is no order"));
        Receive<ClusterEvent.IReachabilityEvent>(_ => LookForCoordinators());
        Receive<ClusterEvent.IMemberEvent>(_ => LookForCoordinators());
    }

    protected override void PreStart()
    {
        _line.Connect(_coordinator, Self);
        _cluster.Subscribe(Self, ClusterEvent.SubscriptionInitialStateMode.InitialStateAsEvents, typeof(ClusterEvent.IMemberEvent), typeof(ClusterEvent.IReachabilityEvent));
    }

    protected override void PostStop()
    {
        _cluster.Unsubscribe(Self);
        _line.Disconnect(Self);
        _agent.Isolate();
    }

    void LookForCoordinators()
    {
        var seen = _cluster.State;
        if (!seen.Members.Any(member => member.HasRole(NodeRole.Coordinator) && !seen.Unreachable.Contains(member)))
            _agent.Isolate();
    }
}
