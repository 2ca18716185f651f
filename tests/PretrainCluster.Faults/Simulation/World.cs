using PretrainCluster.Core.Coordination;
using PretrainCluster.Core.Coordination.Messages;

namespace PretrainCluster.Faults.Simulation;

/// <summary>A machine of the simulated cluster.</summary>
sealed class SimulatedNode(int index, int slots, string arithmetic, bool announcesArithmetic)
{
    public int Index => index;
    public string Name { get; } = $"n{index:D4}";
    public string Arithmetic => arithmetic;
    public DeviceSlot[] Offers { get; } = [.. Enumerable.Range(0, slots).Select(slot => new DeviceSlot($"cpu:{slot}", "cpu", announcesArithmetic ? arithmetic : ""))];
    public SimulatedWorker?[] Workers { get; } = new SimulatedWorker?[slots];
    public string?[] Evaluations { get; } = new string?[slots];

    /// <summary>Whose orders its agent takes.</summary>
    public Coordinator? Coordinator { get; set; }
    public bool CutOff { get; set; }

    /// <summary>Messages keep their order: none arrives before these.</summary>
    public long LastUp { get; set; }
    public long LastDown { get; set; }

    public static int SlotOf(string slot) => int.Parse(slot.AsSpan(4));
}

/// <summary>A run as the world knows it: what it would compute, and what is in its store.</summary>
sealed class SimulatedRun(int index, string name, string plan, int min, int max)
{
    public int Index => index;
    public string Name => name;
    public string Plan => plan;
    public int Min => min;
    public int Max => max;
    public int Priority { get; init; }
    public long TotalSteps { get; init; }

    /// <summary>Microseconds that one worker alone would take for a step.</summary>
    public long StepWork { get; init; }
    public long CheckpointEvery { get; init; }

    /// <summary>The step at which its loss is no longer finite; 0 for never.</summary>
    public long DivergesAt { get; init; }

    /// <summary>Every worker finds that its plan does not fit.</summary>
    public bool Refused { get; init; }

    public long Stored { get; set; }
    public SimulatedGroup? Group { get; set; }
    public SimulatedGroup? Previous { get; set; }
    public int Processes { get; set; }

    /// <summary>As the ledger has it.</summary>
    public long Generation { get; set; }
    public HashSet<string> LedgerMembers { get; } = new(StringComparer.Ordinal);
    public string? End { get; set; }
    public long Committed { get; set; } = -1;
    public bool Submitted { get; set; }

    /// <summary>Of its newest group; null before the first.</summary>
    public string? Arithmetic { get; set; }
    public long SeenStep { get; set; } = -1;
    public long SeenAt { get; set; }
    public int QueuedChecks { get; set; }
}

enum ProcessState
{
    Starting,
    Idle,
    Grouped,
    Gone,
}

/// <summary>A worker process.</summary>
sealed class SimulatedWorker(string name, SimulatedRun run, SimulatedNode node, int slot)
{
    public string Name => name;
    public SimulatedRun Run => run;
    public SimulatedNode Node => node;
    public int Slot => slot;
    public ProcessState State { get; set; }
    public SimulatedGroup? Group { get; set; }
    public long Generation { get; set; }

    /// <summary>-1 where it has no state.</summary>
    public long Step { get; set; } = -1;
    public bool Frozen { get; set; }
    public bool Stalled { get; set; }
    public bool Slow { get; set; }
    public bool Leaks { get; set; }
    public long PhaseSince { get; set; }
    public WorkerReady? Ready { get; set; }
    public List<WorkerOrder>? Waiting;
    public long StartedAt { get; init; }
    public long UnknownSince { get; set; }
}

enum GroupState
{
    Connecting,
    Training,
    Boundary,
    Broken,
}

/// <summary>The mesh of one generation's members.</summary>
sealed class SimulatedGroup(SimulatedRun run, long generation, SimulatedWorker?[] members)
{
    public SimulatedRun Run => run;
    public long Generation => generation;

    /// <summary>By rank; null where no such process was ever seen.</summary>
    public SimulatedWorker?[] Members => members;
    public int Joined { get; set; }
    public GroupState State { get; set; }
    public long BaseStep { get; set; }
    public long Since { get; set; }
    public long StepTime { get; } = Math.Max(1_000, run.StepWork / members.Length);
    public int Held { get; set; }
    public bool BoundaryAsked { get; set; }

    /// <summary>A member was gone before it joined.</summary>
    public bool Doomed { get; set; }

    /// <summary>Grows with every change; what was scheduled before counts no more.</summary>
    public int Version { get; set; }

    public long StepAt(long now) => State == GroupState.Training && Held == 0 ? Math.Min(BaseStep + (now - Since) / StepTime, Limit) : BaseStep;

    public long Limit => run.DivergesAt > 0 ? Math.Min(run.DivergesAt, run.TotalSteps) : run.TotalSteps;
}
