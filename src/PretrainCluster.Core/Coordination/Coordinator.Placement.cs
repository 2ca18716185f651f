namespace PretrainCluster.Core.Coordination;

public sealed partial class Coordinator
{
    readonly List<Run> _served = [];

    void UpdateDemand(Run run)
    {
        if (run.Class is not { } found)
            return;
        var staying = run.Staying;
        var wants = run is { End: null, IsStopping: false, Finishing: false, Adopting: false } && staying < run.Target && _now >= run.BackoffUntil;
        if (!wants || staying >= run.Limits.Min || staying == 0)
            run.ShortUntil = 0;
        else if (run.ShortUntil == 0)
            _timers.Set(TimerKind.Short, run, run.ShortUntil = _now + _options.GangPatience.Ticks);
        if (wants == run.InDemand)
            return;
        // One that comes may take free slots; one that goes no longer holds back those behind it.
        _placementDue = true;
        run.InDemand = wants;
        if (wants)
            found.Demand.Add(run);
        else
            found.Demand.Remove(run);
    }

    void Place()
    {
        _placementDue = false;
        foreach (var found in _classes.Values)
        {
            if (Serve(found))
                PlaceEvaluations(found);
        }
    }

    // Larger priority first, then first come, first served. A run under way takes what it lacks; one in the queue all of its minimum or nothing,
    // and while it waits for that, nothing behind it takes a slot that it could use: a large gang is not starved by small ones.
    bool Serve(DeviceClass found)
    {
        var room = true;
        foreach (var pool in found.Pools)
            pool.IsReserved = false;
        foreach (var run in found.Demand)
        {
            if (found.Pools.TrueForAll(static pool => pool.IsReserved || pool.Free.Count == 0 && pool.Evaluations.Count == 0))
                break;
            var staying = run.Staying;
            if (staying > 0 && !HasFree(run, found))
            {
                room &= !MakeRoom(run, found, 1);
                continue;
            }
            var atLeast = staying == 0 ? run.Limits.Min : 1;
            var slots = Choose(run, found, run.Target - staying, atLeast, out var possible);
            if (slots.Count > 0)
            {
                Start(run, slots);
                _served.Add(run);
            }
            else if (staying > 0)
            {
                room &= !MakeRoom(run, found, 1);
            }
            else if (possible)
            {
                run.Reason = $"waits for {run.Limits.Min} free slots of {run.Limits.Device}";
                room &= !MakeRoom(run, found, run.Limits.Min);
                foreach (var pool in PoolChoices(run, found).SelectMany(static pools => pools))
                    pool.IsReserved = true;
            }
            else
            {
                run.Reason = $"needs {run.Limits.Min} slots of {run.Limits.Device}{(run.Fingerprint.Length > 0 ? $" with the arithmetic {run.Fingerprint}" : "")}, more than the cluster has";
            }
        }
        foreach (var run in _served)
            UpdateDemand(run);
        _served.Clear();
        return room;
    }

    void Start(Run run, List<Slot> slots)
    {
        var fresh = run.Staying == 0;
        foreach (var slot in slots)
        {
            var worker = new Worker($"w{_epoch}-{++_workerCount}", run, slot, _now);
            slot.Worker = worker;
            slot.Pool!.Class.Place(slot);
            _workers.Add(worker.Name, worker);
            run.Workers.Add(worker);
            Watch(worker);
            Tell(slot.Node, new StartWorker(worker.Name, run.Name, slot.Name, run.PlanText));
        }
        Note(run, RecordKind.Placed, slots.Count == 1 ? $"worker {run.Workers[^1].Name} starts on {slots[0]}" : $"{slots.Count} workers start, {run.Workers[^slots.Count].Name} to {run.Workers[^1].Name}, first on {slots[0]}");
        if (fresh)
            run.Reason = "workers start";
    }

    /// <summary>Takes between <paramref name="atLeast"/> and <paramref name="want"/> slots, or none.</summary>
    /// <param name="possible">whether the cluster has enough of them, free or not</param>
    static List<Slot> Choose(Run run, DeviceClass found, int want, int atLeast, out bool possible)
    {
        var slots = new List<Slot>();
        var total = 0;
        possible = false;
        foreach (var pools in PoolChoices(run, found))
        {
            total = 0;
            slots.Clear();
            foreach (var pool in pools)
            {
                total += pool.Total;
                foreach (var slot in pool.Free)
                {
                    if (slots.Count == want || pool.IsReserved)
                        break;
                    if (!run.Avoided.Contains(slot))
                        slots.Add(slot);
                }
            }
            possible |= total >= atLeast;
            if (slots.Count >= atLeast)
                return slots;
        }
        slots.Clear();
        return slots;
    }

    // Which pools go together in one gang: any where the plan mixes; those of the gang's arithmetic and those where it is not known yet;
    // or, as long as it has none, each by itself, the one with the most free slots first.
    static List<List<SlotPool>> PoolChoices(Run run, DeviceClass found)
    {
        var fitting = found.Pools.FindAll(pool => pool.Total > 0 && Fits(run, pool));
        if (run.Limits.Mixed)
            return [fitting];
        var known = run.Fingerprint.Length > 0 ? run.Fingerprint : run.Workers.Find(static worker => worker.State != WorkerState.Ending)?.Slot.Fingerprint;
        if (known is null)
            return [.. fitting.OrderByDescending(static pool => pool.Free.Count).Select(static pool => new List<SlotPool> { pool })];
        return [[.. fitting.FindAll(pool => pool.Fingerprint == known), .. fitting.FindAll(pool => pool.Fingerprint.Length == 0 && known.Length > 0)]];
    }

    // Most of the time the answer is no, for many runs: without making lists.
    static bool HasFree(Run run, DeviceClass found)
    {
        foreach (var pool in found.Pools)
        {
            if (pool.Free.Count > 0 && !pool.IsReserved && Fits(run, pool) && (run.Limits.Mixed || run.Fingerprint.Length == 0 || pool.Fingerprint.Length == 0 || pool.Fingerprint == run.Fingerprint))
                return true;
        }
        return false;
    }

    static bool Fits(Run run, SlotPool pool) => pool.Device == run.Limits.Device || DeviceClass.NameOf(pool.Device) == run.Limits.Device;
}
