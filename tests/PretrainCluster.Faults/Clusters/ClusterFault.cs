namespace PretrainCluster.Faults.Clusters;

/// <summary>What a schedule can do to a cluster.</summary>
public enum ClusterFaultKind
{
    /// <summary>SIGKILL of everything on a worker node's machine, which is started again after a while.</summary>
    KillWorkerNode,

    /// <summary>The same of the machine that carries the coordinator.</summary>
    KillCoordinator,

    /// <summary>A worker node's machine is cut off, both ways, for 15 s.</summary>
    CutWorkerNode,

    /// <summary>The machine that carries the coordinator is cut off together with half of the worker nodes, both ways, for 15 s.</summary>
    CutCoordinator,

    /// <summary>Two more worker nodes.</summary>
    AddNodes,
}

/// <param name="Step">the run has applied at least so many when it strikes</param>
public sealed record ClusterFault(ClusterFaultKind Kind, long Step)
{
    public override string ToString() => $"{Kind} at {Step}";
}
