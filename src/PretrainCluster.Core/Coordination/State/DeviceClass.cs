namespace PretrainCluster.Core.Coordination.State;

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
