using PretrainCluster.Core.Plans;
using PretrainCluster.Hosting.Agents;
using PretrainCluster.Learning;

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

    /// <summary>The node's certificate; null where it speaks on loopback only.</summary>
    public ClusterCertificate? Certificate { get; init; }

    /// <summary>HOCON above cluster/pretrain.conf.</summary>
    public string Configuration { get; init; } = "";

    /// <summary>Of a worker node.</summary>
    public IReadOnlyList<DeviceSlot> Slots { get; init; } = [];

    /// <summary>The kinds that plans may name here; those of extensions come from files on this machine.</summary>
    public PlanKinds Kinds { get; init; } = Methods.BuiltIn;

    /// <summary>Becomes a worker process.</summary>
    public required WorkerProgram Worker { get; init; }

    /// <summary>Becomes `pretrain evaluate`.</summary>
    public required WorkerProgram Evaluation { get; init; }

    public required ILogger Log { get; init; }

    /// <summary>Told what the node is called, once it is known.</summary>
    public Action<string> Named { get; init; } = _ => { };

    /// <summary>What belongs to the cluster rather than to a run; no run can be called so.</summary>
    internal string ClusterFolder => Path.Combine(Runs, ".cluster");
}
