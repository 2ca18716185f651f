namespace PretrainCluster.Core.Coordination.State;

/// <summary>A place for one process. It stays taken until its process is known to be gone.</summary>
sealed class Slot(Node node, int index, string name, string device)
{
    public Node Node => node;
    public int Index => index;
    public string Name => name;
    public string Device => device;

    /// <summary>As announced, or as the newest worker here said; empty where neither did.</summary>
    public string Fingerprint { get; set; } = "";

    /// <summary>True while its node offers it.</summary>
    public bool Offered { get; set; }

    public Worker? Worker { get; set; }
    public Evaluation? Evaluation { get; set; }

    /// <summary>A process that belongs to no run that is under way, and was told to go.</summary>
    public string? Stray { get; set; }

    /// <summary>Failures in a row of workers here: slots with fewer are taken first.</summary>
    public int Failures { get; set; }

    /// <summary>Where it counts; null while it is not offered.</summary>
    public SlotPool? Pool { get; set; }

    public bool IsListed { get; set; }

    public bool IsTaken => Worker is not null || Evaluation is not null || Stray is not null;

    public override string ToString() => $"{node.Name}/{name}";
}

/// <summary>Slots of one device name and one arithmetic.</summary>
sealed class SlotPool(DeviceClass owner, string device, string fingerprint)
{
    static readonly Comparer<Slot> s_order = Comparer<Slot>.Create(static (x, y) =>
        x.Failures != y.Failures ? x.Failures.CompareTo(y.Failures)
        : x.Node.Index != y.Node.Index ? x.Node.Index.CompareTo(y.Node.Index)
        : x.Index.CompareTo(y.Index));

    public DeviceClass Class => owner;
    public string Device => device;
    public string Fingerprint => fingerprint;

    /// <summary>In the order in which they are taken.</summary>
    public SortedSet<Slot> Free { get; } = new(s_order);

    /// <summary>Free or not.</summary>
    public int Total { get; set; }

    /// <summary>Kept, while runs are served, for one further ahead that waits for more of them.</summary>
    public bool IsReserved { get; set; }

    /// <summary>Evaluations on slots of this pool, oldest first.</summary>
    public List<Evaluation> Evaluations { get; } = [];
}

/// <summary>Devices of one kind, cpu or cuda, and the runs that lack some.</summary>
sealed class DeviceClass
{
    readonly Dictionary<(string Device, string Fingerprint), SlotPool> _pools = [];

    public List<SlotPool> Pools { get; } = [];

    public int Free { get; private set; }

    /// <summary>Runs that lack workers, in the order in which they are served.</summary>
    public SortedSet<Run> Demand { get; } = new(Comparer<Run>.Create(static (x, y) =>
        x.Priority != y.Priority ? y.Priority.CompareTo(x.Priority) : x.Sequence.CompareTo(y.Sequence)));

    /// <summary>Evaluations that wait for a slot, by age.</summary>
    public SortedSet<Evaluation> Evaluations { get; } = new(Comparer<Evaluation>.Create(static (x, y) => x.Sequence.CompareTo(y.Sequence)));

    public static string NameOf(string device) => device.IndexOf(':') is > 0 and var colon ? device[..colon] : device;

    /// <summary>Puts a slot where it belongs: into the pool of its arithmetic, and among the free ones if it is.</summary>
    public void Place(Slot slot)
    {
        var pool = slot.Offered && slot.Node.Reachable ? PoolOf(slot) : null;
        if (slot.IsListed && (slot.IsTaken || pool != slot.Pool))
        {
            slot.Pool!.Free.Remove(slot);
            slot.IsListed = false;
            Free--;
        }
        if (pool != slot.Pool)
        {
            if (slot.Pool is { } before)
                before.Total--;
            if (pool is not null)
                pool.Total++;
            slot.Pool = pool;
        }
        if (pool is not null && !slot.IsTaken && !slot.IsListed)
        {
            pool.Free.Add(slot);
            slot.IsListed = true;
            Free++;
        }
    }

    SlotPool PoolOf(Slot slot)
    {
        var key = (slot.Device, slot.Fingerprint);
        if (!_pools.TryGetValue(key, out var pool))
        {
            _pools.Add(key, pool = new(this, slot.Device, slot.Fingerprint));
            Pools.Add(pool);
        }
        return pool;
    }
}

/// <summary>A machine with places for workers.</summary>
sealed class Node(string name, int index)
{
    public string Name => name;

    /// <summary>In the order in which nodes came; neighbours in a gang are neighbours here.</summary>
    public int Index => index;

    public bool Reachable { get; set; }

    public Dictionary<string, Slot> Slots { get; } = new(StringComparer.Ordinal);
}
