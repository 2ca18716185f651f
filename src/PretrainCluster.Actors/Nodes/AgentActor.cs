using Akka.Actor;
using PretrainCluster.Actors.Wire;
using PretrainCluster.Core.Coordination.Messages;
using PretrainCluster.Hosting.Agents;

namespace PretrainCluster.Actors.Nodes;

/// <summary>
/// A node's agent as the cluster sees it: what it and its workers say goes to wherever the coordinator is, orders go to it. Should this actor fail, the
/// one that follows finds the workers where they are.
/// </summary>
sealed class AgentActor : ReceiveActor
{
    public const string Name = "agent";

    static readonly TimeSpan s_answer = TimeSpan.FromSeconds(20);

    readonly string _workers;
    readonly EvaluationProcesses _evaluations;
    readonly NodeAgent _agent;

    /// <param name="workers">folder of what the agent keeps of its workers, with a folder for each run</param>
    /// <param name="coordinator">a proxy of the singleton</param>
    /// <param name="hold">told the agent, so that whoever ends the node can end its workers</param>
    public AgentActor(NodeOptions options, string workers, EvaluationProcesses evaluations, IActorRef coordinator, Action<NodeAgent> hold)
    {
        (_workers, _evaluations) = (workers, evaluations);
        var self = Self;
        _agent = new NodeAgent(options, evaluations, message => coordinator.Tell(message, self), (request, answer) => Ask(coordinator, request, answer));
        hold(_agent);

        Receive<Introduce>(_ => _agent.Announce());
        Receive<AgentOrder>(_agent.Carry);
        Receive<WorkerOrder>(_agent.Forward);
    }

    protected override void PreStart()
    {
        Directory.CreateDirectory(_workers);
        _agent.Start(Directory.EnumerateDirectories(_workers));
    }

    protected override void PostStop()
    {
        _agent.Dispose();
        _evaluations.Dispose();
    }

    static async void Ask(IActorRef coordinator, UserRequest request, Action<UserReply> answer)
    {
        UserReply reply;
        try
        {
            reply = await coordinator.Ask<UserReply>(request, s_answer);
        }
        catch (AskTimeoutException)
        {
            reply = new Refused("the cluster has no coordinator at the moment");
        }
        answer(reply);
    }
}
