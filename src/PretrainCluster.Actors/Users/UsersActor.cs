using Akka.Actor;
using PretrainCluster.Actors.Wire;

namespace PretrainCluster.Actors.Users;

/// <summary>Where users reach the cluster, on every coordinator node: hands their requests to wherever the coordinator is, which answers them itself.</summary>
sealed class UsersActor : ReceiveActor
{
    public const string Name = "users";

    public UsersActor(IActorRef coordinator) => Receive<Sealed>(coordinator.Forward);
}
