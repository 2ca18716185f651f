using Akka.Actor;
using PretrainCluster.Actors.Nodes;
using PretrainCluster.Actors.Wire;
using PretrainCluster.Core;
using PretrainCluster.Core.Coordination.Messages;

namespace PretrainCluster.Actors.Users;

/// <summary>Asks a cluster from outside: not a node of it, so that it comes and goes without the nodes taking note.</summary>
public sealed class ClusterUser : IAsyncDisposable
{
    static readonly TimeSpan s_patience = TimeSpan.FromSeconds(30);

    readonly NodeEndpoint _cluster;
    readonly ActorSystem _system;
    readonly Address _self;
    readonly Seal _seal;

    /// <param name="cluster">any of its coordinator nodes</param>
    /// <param name="configuration">HOCON above cluster/pretrain.conf, for example TLS</param>
    /// <exception cref="InputException">What is configured cannot be had.</exception>
    public ClusterUser(NodeEndpoint cluster, ClusterSecret secret, string configuration = "")
    {
        _cluster = cluster;
        _system = ActorSystem.Create("pretrain-user", ClusterConfiguration.OfUser(new NodeEndpoint(cluster.LocalAddress(), 0), configuration));
        _self = ((ExtendedActorSystem)_system).Provider.DefaultAddress;
        _seal = new Seal(secret, NodeEndpoint.NameOf(_self));
    }

    /// <exception cref="InputException">The cluster refuses, or does not answer; says which.</exception>
    public async Task<UserReply> AskAsync(UserRequest request, CancellationToken cancellation)
    {
        try
        {
            var users = _system.ActorSelection(new RootActorPath(ClusterConfiguration.AddressOf(_cluster, _self)) / "user" / UsersActor.Name);
            var answer = await users.Ask<Sealed>(_seal.Close(request, NodeRole.Coordinator), s_patience, cancellation);
            return _seal.Open(answer, _seal.Self).Message switch
            {
                Refused refused => throw new InputException(refused.Reason),
                UserReply reply => reply,
                var other => throw new SealException($"{other.GetType().Name} is no answer"),
            };
        }
        catch (AskTimeoutException silent)
        {
            throw new InputException($"{_cluster}: no coordinator answers there, or the cluster has another secret (its log says so); `pretrain node --role coordinator` starts one", silent);
        }
        catch (SealException refused)
        {
            throw new InputException($"{_cluster}: the answer cannot be used: {refused.Message}", refused);
        }
    }

    public async ValueTask DisposeAsync() => await _system.Terminate();
}
