using PretrainCluster.Core.Coordination.Messages;
using PretrainCluster.Actors.Nodes;
using PretrainCluster.Actors.Users;
using PretrainCluster.Actors.Wire;

namespace PretrainCluster.Cli.Cluster;

/// <summary>A cluster that a verb talks to, from outside.</summary>
sealed class ClusterAccess : IAsyncDisposable
{
    readonly ClusterUser _user;

    /// <param name="cluster">any of its coordinator nodes, HOST or HOST:PORT</param>
    /// <param name="secret">file with the cluster's secret</param>
    /// <param name="configuration">file of HOCON above cluster/pretrain.conf; null for none</param>
    /// <exception cref="Core.InputException">The address, the secret or the configuration cannot be used.</exception>
    public ClusterAccess(string cluster, string secret, string? configuration) =>
        _user = new(NodeEndpoint.Parse(cluster), ClusterSecret.Read(secret), ClusterArguments.ReadConfiguration(configuration));

    /// <exception cref="Core.InputException">The cluster refuses, or does not answer; says which.</exception>
    public Task<UserReply> AskAsync(UserRequest request, CancellationToken cancellation) => _user.AskAsync(request, cancellation);

    public ValueTask DisposeAsync() => _user.DisposeAsync();
}
