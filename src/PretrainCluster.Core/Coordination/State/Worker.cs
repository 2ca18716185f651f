namespace PretrainCluster.Core.Coordination.State;

/// <summary>A worker process, from the order to start it until it is known to be gone.</summary>
sealed class Worker(string name, Run run, Slot slot, long now)
{
    public string Name => name;
    public Run Run => run;
    public Slot Slot => slot;
    public WorkerState State { get; set; }

    /// <summary>The newest generation that it was a member of; 0 for none.</summary>
    public long Generation { get; set; }
    public int Rank { get; set; } = -1;

    /// <summary>It said that its generation formed.</summary>
    public bool Formed { get; set; }

    /// <summary>It stopped at a boundary, or its exchange broke, and waits for the next generation.</summary>
    public bool Stopped { get; set; }

    /// <summary>Why it is to leave at the next boundary; null where it is not.</summary>
    public string? Leaving { get; set; }

    /// <summary>It was excluded: nothing that it says counts any more.</summary>
    public bool Fenced { get; set; }

    /// <summary>What it was told when it was to end, in case the word was lost.</summary>
    public EndWorker? Farewell { get; set; }

    public int ProcessId { get; set; }
    public string DataEndpoint { get; set; } = "";
    public string Fingerprint { get; set; } = "";
    public long Step { get; set; } = -1;
    public long FormedAt { get; set; }
    public Heartbeat? Last { get; set; }

    public long Started { get; } = now;
    public long Heard { get; set; } = now;
    public long EndBy { get; set; }

    /// <summary>The one timer of this worker that counts.</summary>
    public long Due { get; set; }

    /// <summary>The run's count of failures when it started or last formed a generation: several deaths of one cause are one failure.</summary>
    public long FailureMark { get; set; } = run.FailureMark;
}

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

enum TimerKind
{
    /// <summary>A worker's silence, its start or its end takes too long.</summary>
    Worker,

    /// <summary>The rest of a new gang is waited for no longer.</summary>
    Gather,

    /// <summary>Workers that are ready wait for the end of a step no longer.</summary>
    Join,

    /// <summary>A generation did not form.</summary>
    Connect,

    /// <summary>Some members of a broken generation did not leave it.</summary>
    Broken,

    /// <summary>A lost worker may be started again.</summary>
    Backoff,

    /// <summary>What is left of a gang gives its slots back.</summary>
    Short,

    /// <summary>An evaluation that made room may be tried again.</summary>
    Evaluation,

    /// <summary>The workers of the ledger are waited for no longer.</summary>
    Grace,
}

/// <param name="Stamp">what the timer was set for: one that is out of date does nothing</param>
readonly record struct TimerEntry(TimerKind Kind, object? Target, long Stamp);

/// <summary>What is due, and when.</summary>
sealed class Timers
{
    readonly PriorityQueue<TimerEntry, long> _queue = new();

    public long? NextDue => _queue.TryPeek(out _, out var due) ? due : null;

    public void Set(TimerKind kind, object? target, long due, long stamp = 0) => _queue.Enqueue(new(kind, target, stamp), due);

    public bool TryTake(long now, out TimerEntry timer)
    {
        if (_queue.TryPeek(out timer, out var due) && due <= now)
        {
            _queue.Dequeue();
            return true;
        }
        return false;
    }
}
