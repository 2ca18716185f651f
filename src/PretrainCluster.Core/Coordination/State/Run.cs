using PretrainCluster.Core.Plans;

namespace PretrainCluster.Core.Coordination.State;

/// <summary>How far the newest generation is.</summary>
enum GroupPhase
{
    None,
    Forming,
    Training,
}

/// <summary>A run: what is asked of it, its workers, its newest generation, its end.</summary>
sealed class Run(string name, long sequence)
{
    public string Name => name;

    /// <summary>Number of the ledger entry that submitted it.</summary>
    public long Sequence => sequence;

    /// <summary>The user who submitted it first; empty in ledgers that name none.</summary>
    public string Owner { get; set; } = "";

    public string PlanText { get; set; } = "";
    public Plan? Plan { get; set; }
    public int Priority { get; set; }
    public int Target { get; set; }
    public bool Paused { get; set; }
    public string? CancelReason { get; set; }
    public RunEnd? End { get; set; }

    /// <summary>Why it is in its state; the one recorded reason once it has ended.</summary>
    public string Reason { get; set; } = "";
    public string? WeightsSha256 { get; set; }

    /// <summary>A member applied the last step; what is missing is the word that its checkpoint is written.</summary>
    public bool Finishing { get; set; }

    public List<Worker> Workers { get; } = [];

    public long Generation { get; set; }

    /// <summary>Those of the newest generation that are still in it, by rank.</summary>
    public List<Worker> Members { get; set; } = [];
    public GroupPhase Group { get; set; }
    public string Fingerprint { get; set; } = "";
    public IReadOnlyList<Member>? Roster { get; set; }
    public byte[] Secret { get; set; } = [];
    public int Formed { get; set; }
    public int Stopped { get; set; }

    /// <summary>A member of the newest generation is gone.</summary>
    public bool Lost { get; set; }

    /// <summary>What the newest loss was, for the next generation's reason.</summary>
    public string Loss { get; set; } = "";
    public string? Broken { get; set; }
    public bool BoundaryAsked { get; set; }

    /// <summary>The time until which workers that are ready wait for a boundary is set.</summary>
    public bool JoinIsDue { get; set; }
    public long GatherUntil { get; set; }

    public long Step { get; set; }
    public long CheckpointStep { get; set; } = -1;
    public string? Checkpoint { get; set; }

    public int Failures { get; set; }
    public long FailureMark { get; set; }
    public long FailureStep { get; set; }
    public long BackoffUntil { get; set; }
    public long ShortUntil { get; set; }

    /// <summary>Slots that proved too slow for it.</summary>
    public HashSet<Slot> Avoided { get; } = [];

    /// <summary>Workers that are out for good.</summary>
    public HashSet<string> Removed { get; } = new(StringComparer.Ordinal);

    /// <summary>Members of the newest generation as the ledger has them, until all have announced themselves.</summary>
    public IReadOnlyList<PlacedWorker> Expected { get; set; } = [];
    public bool Adopting { get; set; }

    public DeviceClass? Class { get; set; }
    public bool InDemand { get; set; }

    public double ComputeMedian { get; set; }
    public int ComputeReports { get; set; }

    public bool IsStopping => Paused || CancelReason is not null;

    public WorkersPlan Limits => Plan!.Workers;
    public RecoveryPlan Recovery => Plan!.Recovery;

    /// <summary>Workers that are in it and are to stay.</summary>
    public int Staying
    {
        get
        {
            var count = 0;
            foreach (var worker in Workers)
            {
                if (worker.State != WorkerState.Ending && worker.Leaving is null)
                    count++;
            }
            return count;
        }
    }
}

/// <summary>The evaluation of one checkpoint, which is done, under way on a slot, or waits for one.</summary>
sealed class Evaluation(long sequence, string name, Run run, long step, string checkpoint)
{
    public long Sequence => sequence;
    public string Name => name;
    public Run Run => run;
    public long Step => step;
    public string Checkpoint => checkpoint;
    public Slot? Slot { get; set; }
    public SlotPool? Pool { get; set; }
    public int Failures { get; set; }
    public bool IsDone { get; set; }

    /// <summary>How often it made room for training, and when it may be tried again.</summary>
    public int TimesStopped { get; set; }
    public long NotBefore { get; set; }

    /// <summary>True once it was told to make room.</summary>
    public bool IsStopping { get; set; }
}
