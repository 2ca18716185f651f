namespace PretrainCluster.Core.Coordination;

/// <summary>What a line of a run's event log is about.</summary>
public enum RecordKind
{
    /// <summary>The run is in the queue.</summary>
    Submitted,

    /// <summary>Worker processes were started for it.</summary>
    Placed,

    /// <summary>A generation was begun, or its members are level and train.</summary>
    Generation,

    /// <summary>A worker is no longer in the run; the text says why.</summary>
    WorkerLost,
    Scaled,
    Paused,
    Resumed,
    Stopping,
    Checkpoint,

    /// <summary>A checkpoint by a worker that is not in the newest generation: it is not committed.</summary>
    CheckpointRefused,
    Evaluation,

    /// <summary>Said by a worker.</summary>
    Note,

    /// <summary>About a node rather than a run.</summary>
    Node,
    Ended,
}
