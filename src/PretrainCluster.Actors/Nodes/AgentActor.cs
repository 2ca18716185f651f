using Akka.Actor;
using Akka.Cluster;
using Akka.Event;
using PretrainCluster.Actors.Wire;
using PretrainCluster.Core.Coordination.Messages;
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
    readonly Seal _seal;
    readonly IActorRef _coordinator;
    readonly Akka.Cluster.Cluster _cluster = Akka.Cluster.Cluster.Get(Context.System);
    readonly Refusals _refusals = new(Context.GetLogger());

    /// <param name="coordinator">a proxy of the singleton</param>
    public AgentActor(NodeAgent agent, CoordinatorLine line, Seal seal, IActorRef coordinator)
    {
        (_agent, _line, _seal, _coordinator) = (agent, line, seal, coordinator);
        Receive<Sealed>(Carry);
        Receive<ClusterEvent.IReachabilityEvent>(_ => LookForCoordinators());
        Receive<ClusterEvent.IMemberEvent>(_ => LookForCoordinators());
    }

    protected override void PreStart()
    {
        _line.Connect(_seal, _coordinator, Self);
        _cluster.Subscribe(Self, ClusterEvent.SubscriptionInitialStateMode.InitialStateAsEvents, typeof(ClusterEvent.IMemberEvent), typeof(ClusterEvent.IReachabilityEvent));
    }

    protected override void PostStop()
    {
        _cluster.Unsubscribe(Self);
        _line.Disconnect(Self);
        _agent.Isolate();
    }

    void Carry(Sealed message)
    {
        try
        {
            switch (_seal.Open(message, _seal.Self).Message)
            {
                case AgentOrder order:
                    _agent.Carry(order);
                    break;
                case WorkerOrder order:
                    _agent.Forward(order);
                    break;
                case var other:
                    throw new SealException($"{other.GetType().Name} is no order");
            }
        }
        catch (SealException refused)
        {
            _refusals.Note(Sender, refused.Message);
        }
    }

    void LookForCoordinators()
    {
        var seen = _cluster.State;
        if (!seen.Members.Any(member => member.HasRole(NodeRole.Coordinator) && !seen.Unreachable.Contains(member)))
            _agent.Isolate();
    }
}
