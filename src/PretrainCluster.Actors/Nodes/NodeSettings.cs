using PretrainCluster.Core.Coordination.Messages;
using PretrainCluster.Hosting.Agents;

namespace PretrainCluster.Actors.Nodes;

/// <summary>What a node of the cluster is told when it starts.</summary>
public sealed record NodeSettings
{
    public required string Role { get; init; }

    /// <summary>Where other nodes reach this one; port 0 stands for a free one.</summary>
    public required NodeEndpoint At { get; init; }

    /// <summary>Coordinator nodes to join through, HOST or HOST:PORT; the first of them begins the cluster, and so does one that is told of none.</summary>
    public required IReadOnlyList<string> Seeds { get; init; }

    /// <summary>The folder that holds the runs and the ledger; all nodes see the same under this path.</summary>
    public required string Runs { get; init; }

    /// <summary>File with the cluster's secret; null for the one in the cluster's folder, which the first node makes.</summary>
    public string? Secret { get; init; }

    /// <summary>HOCON above cluster/pretrain.conf, for example TLS.</summary>
    public string Configuration { get; init; } = "";

    /// <summary>Of a worker node.</summary>
    public IReadOnlyList<DeviceSlot> Slots { get; init; } = [];

    /// <summary>Becomes a worker process.</summary>
    public required WorkerProgram Worker { get; init; }

    /// <summary>Becomes `pretrain evaluate`.</summary>
    public required WorkerProgram Evaluation { get; init; }

    /// <summary>Told a line for whoever watches the node.</summary>
    public required Action<string> Say { get; init; }

    /// <summary>What belongs to the cluster rather than to a run; no run can be called so.</summary>
    internal string ClusterFolder => Path.Combine(Runs, ".cluster");
}
