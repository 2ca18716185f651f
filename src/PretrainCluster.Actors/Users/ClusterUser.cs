using Akka.Actor;
using PretrainCluster.Actors.Nodes;
using PretrainCluster.Core;
using PretrainCluster.Core.Coordination.Messages;

namespace PretrainCluster.Actors.Users;

/// <summary>Asks a cluster from outside: not a node of it, so that it comes and goes without the nodes taking note.</summary>
public sealed class ClusterUser : IAsyncDisposable
{
    static readonly TimeSpan s_patience = TimeSpan.FromSeconds(30);

    readonly NodeEndpoint _cluster;
    readonly ActorSystem _system;

    /// <param name="cluster">any of its coordinator nodes</param>
    public ClusterUser(NodeEndpoint cluster)
    {
        _cluster = cluster;
        _system = ActorSystem.Create("pretrain-user", ClusterConfiguration.OfUser(new NodeEndpoint(cluster.LocalAddress(), 0)));
    }

    /// <exception cref="InputException">The cluster refuses, or does not answer; says which.</exception>
    public async Task<UserReply> AskAsync(UserRequest request, CancellationToken cancellation)
    {
        try
        {
            var users = _system.ActorSelection($"{ClusterConfiguration.AddressOf(_cluster)}/user/{UsersActor.Name}");
            var reply = await users.Ask<UserReply>(request, s_patience, cancellation);
            return reply is Refused refused ? throw new InputException(refused.Reason) : reply;
        }
        catch (AskTimeoutException silent)
        {
            throw new InputException($"{_cluster}: no coordinator answers there; `pretrain node --role coordinator` starts one", silent);
        }
    }

    public async ValueTask DisposeAsync() => await _system.Terminate();
}
