namespace PretrainCluster.Actors.Nodes;

/// <summary>What a node of the cluster does.</summary>
public static class NodeRole
{
    /// <summary>One of these carries the coordinator, the others stand ready to.</summary>
    public const string Coordinator = "coordinator";

    /// <summary>Offers its devices.</summary>
    public const string Worker = "worker";
}
