namespace PretrainCluster.Faults.Simulation;

/// <summary>What happens next in the simulated world.</summary>
/// <param name="Kind">what it is</param>
/// <param name="Target">whom it happens to</param>
/// <param name="Detail">a message, an order, or null</param>
/// <param name="Stamp">what was so when it was scheduled: it does nothing where this has changed</param>
readonly record struct WorldEvent(WorldEventKind Kind, object? Target, object? Detail, long Stamp);

enum WorldEventKind
{
    Report,
    ToCoordinator,
    ToAgent,
    Tick,
    WorkerReady,
    WorkerFault,
    WorkerBroken,
    WorkerGone,
    Thaw,
    GroupForms,
    GroupStep,
    Uploaded,
    EvaluationEnds,
    Announce,
    NodeFault,
    NodeLostSeen,
    NodeBack,
    Submit,
    UserAction,
    Resume,
    Stall,
    Straggler,
    CoordinatorDies,
    CoordinatorBack,
    AbsenceOver,
}

/// <summary>Events by time, those of one time in the order in which they were scheduled.</summary>
sealed class EventQueue
{
    const int SequenceBits = 24;

    readonly PriorityQueue<WorldEvent, long> _queue = new();
    long _sequence;

    /// <param name="at">microseconds</param>
    public void Add(long at, WorldEventKind kind, object? target = null, object? detail = null, long stamp = 0) =>
        _queue.Enqueue(new(kind, target, detail, stamp), at << SequenceBits | _sequence++ & (1L << SequenceBits) - 1);

    public bool TryTake(out WorldEvent next, out long at)
    {
        var any = _queue.TryDequeue(out next, out var key);
        at = key >> SequenceBits;
        return any;
    }
}
