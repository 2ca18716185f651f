namespace PretrainCluster.Core.Coordination.State;

enum WorkerState
{
    /// <summary>Its process was started, and has not said that it is ready.</summary>
    Starting,

    /// <summary>It could join a generation.</summary>
    Ready,

    /// <summary>It is in the run's newest generation.</summary>
    Member,

    /// <summary>It has left the run; its slot is taken until its process is gone.</summary>
    Ending,
}
