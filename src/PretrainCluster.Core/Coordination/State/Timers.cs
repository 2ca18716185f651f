namespace PretrainCluster.Core.Coordination.State;

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
