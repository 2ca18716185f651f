using Akka.Actor;
using PretrainCluster.Actors.Wire;
using PretrainCluster.Core.Coordination.Messages;

namespace PretrainCluster.Actors.Nodes;

/// <summary>
/// A node agent's way to the coordinator. The agent outlives the actor system that carries what it says: while there is none, reports are dropped, because
/// a coordinator that sees the node again asks for all that it has to know.
/// </summary>
sealed class CoordinatorLine
{
    static readonly TimeSpan s_answer = TimeSpan.FromSeconds(20);

    volatile End? _end;

    public void Connect(Seal seal, IActorRef coordinator, IActorRef agent) => _end = new(seal, coordinator, agent);

    public void Disconnect(IActorRef agent)
    {
        // The actor that follows may have connected already.
        if (_end?.Agent.Equals(agent) is true)
            _end = null;
    }

    public void Report(Message message)
    {
        if (_end is { } end)
            end.Coordinator.Tell(end.Seal.Close(message, NodeRole.Coordinator), end.Agent);
    }

    public async void Ask(UserRequest request, Action<UserReply> answer)
    {
        UserReply reply = new Refused("this node is not in the cluster at the moment");
        try
        {
            if (_end is { } end)
            {
                var said = await end.Coordinator.Ask<Sealed>(end.Seal.Close(request, NodeRole.Coordinator), s_answer);
                if (end.Seal.Open(said, end.Seal.Self).Message is UserReply given)
                    reply = given;
            }
        }
        catch (Exception failure) when (failure is AskTimeoutException or SealException)
        {
            reply = new Refused(failure is SealException ? failure.Message : "the cluster has no coordinator at the moment");
        }
        answer(reply);
    }

    sealed record End(Seal Seal, IActorRef Coordinator, IActorRef Agent);
}
