using System.CommandLine;
using PretrainCluster.Core.Coordination.Messages;
#if ACTORS
using PretrainCluster.Actors.Nodes;
using PretrainCluster.Actors.Users;
#else
using PretrainCluster.Core;
#endif

namespace PretrainCluster.Cli.Cluster;

/// <summary>A cluster that a verb talks to, from outside.</summary>
sealed class ClusterAccess : IAsyncDisposable
{
    /// <summary>Why a verb that needs a cluster cannot be carried out by this build.</summary>
    internal const string Missing = "this build is without clusters: Akka.Cluster.Tools and MessagePack could not be restored when it was made (README.md, Packages)";

    /// <summary>For verbs that act on this machine where no cluster is named.</summary>
    public static Option<string?> Option() => new("--cluster") { Description = "a cluster, named by any of its coordinator nodes, instead of this machine", HelpName = "HOST:PORT" };

#if ACTORS
    readonly ClusterUser _user;

    /// <param name="cluster">any of its coordinator nodes, HOST or HOST:PORT</param>
    public ClusterAccess(string cluster) => _user = new(NodeEndpoint.Parse(cluster));

    /// <exception cref="Core.InputException">The cluster refuses, or does not answer; says which.</exception>
    public Task<UserReply> AskAsync(UserRequest request, CancellationToken cancellation) => _user.AskAsync(request, cancellation);

    public ValueTask DisposeAsync() => _user.DisposeAsync();
#else
    /// <exception cref="InputException">This build is without clusters.</exception>
    public ClusterAccess(string cluster)
    {
        _ = cluster;
        throw new InputException(Missing);
    }

    public Task<UserReply> AskAsync(UserRequest request, CancellationToken cancellation) => throw new InputException(Missing);

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
#endif
}
