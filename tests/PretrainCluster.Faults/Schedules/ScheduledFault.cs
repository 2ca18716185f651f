namespace PretrainCluster.Faults.Schedules;

/// <summary>What a schedule can do to a run.</summary>
public enum ScheduledKind
{
    /// <summary>SIGKILL of a worker.</summary>
    Kill,

    /// <summary>SIGSTOP of a worker, SIGCONT before it counts as lost.</summary>
    Pause,

    /// <summary>SIGSTOP of a worker, SIGCONT only after it was replaced.</summary>
    Freeze,
    Join,
    Leave,

    /// <summary>Everything is killed, and half of the newest checkpoint's weights is gone.</summary>
    TornBlob,

    /// <summary>Everything is killed, and one bit of the newest checkpoint's weights has flipped.</summary>
    FlippedBit,

    /// <summary>No space is left where the run is kept, for a while.</summary>
    FullDisk,

    /// <summary>SIGKILL of the coordinator's process, started again while the workers still train.</summary>
    CoordinatorBack,

    /// <summary>SIGKILL of the coordinator's process, started again when the workers have given up.</summary>
    CoordinatorLate,
    SlowStore,
    RefusingStore,

    /// <summary>SIGKILL of Azurite, started again.</summary>
    RestartedStore,
}

/// <param name="Step">the run has applied at least so many when it strikes</param>
/// <param name="Phase">of the worker that is struck, a fault point; empty for what strikes from outside</param>
public sealed record ScheduledFault(ScheduledKind Kind, long Step, string Phase)
{
    public bool StrikesWorker => Phase.Length > 0;

    public override string ToString() => $"{Kind}{(StrikesWorker ? $" in {Phase}" : "")} at {Step}";
}
