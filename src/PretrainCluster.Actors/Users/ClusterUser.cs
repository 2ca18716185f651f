using System.Diagnostics;
using Akka.Actor;
using PretrainCluster.Actors.Nodes;
using PretrainCluster.Actors.Wire;
using PretrainCluster.Core;
using PretrainCluster.Core.Coordination.Messages;

namespace PretrainCluster.Actors.Users;

/// <summary>Asks a cluster from outside: not a node of it, so that it comes and goes without the nodes taking note.</summary>
public sealed class ClusterUser : IAsyncDisposable
{
    // A request that a coordinator took to its grave is made again: asking twice does what asking once does.
    static readonly TimeSpan s_patience = TimeSpan.FromSeconds(30), s_again = TimeSpan.FromSeconds(2);

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
            var answer = await AskAsync(users, request, cancellation);
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

    // Whichever of the answers comes first.
    async Task<Sealed> AskAsync(ActorSelection users, UserRequest request, CancellationToken cancellation)
    {
        var asked = new List<Task<Sealed>>();
        for (var began = Stopwatch.GetTimestamp(); Stopwatch.GetElapsedTime(began) < s_patience;)
        {
            asked.Add(users.Ask<Sealed>(_seal.Close(request, NodeRole.Coordinator), s_patience, cancellation));
            var first = await Task.WhenAny([.. asked, Task.Delay(s_again, cancellation)]);
            if (first is Task<Sealed> answer)
                return await answer;
            cancellation.ThrowIfCancellationRequested();
        }
        throw new AskTimeoutException("nobody answers");
    }

    public async ValueTask DisposeAsync() => await _system.Terminate();
}
