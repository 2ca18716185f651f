using System.Diagnostics;
using PretrainCluster.Core.Sampling;
using PretrainCluster.Training.Runs;

namespace PretrainCluster.Faults.Clusters;

/// <param name="Weights">SHA-256 of the final weights; null where the run did not finish</param>
/// <param name="Generations">in their order</param>
/// <param name="Defects">what is wrong; empty where all is well</param>
public sealed record ClusterOutcome(string? Weights, IReadOnlyList<string> Struck, IReadOnlyList<GenerationRecord> Generations, TimeSpan Time, IReadOnlyList<string> Defects)
{
    /// <summary>Steps that were computed more than once.</summary>
    public long Redone => Generations.Sum(generation => generation.Redone);
}

/// <summary>
/// A whole training by a cluster on nine addresses, three coordinator nodes and four worker nodes, later six, under a schedule of faults. Machines that lost
/// their power are started again, as a supervisor would.
/// </summary>
public sealed class ClusterSchedule(string folder, IReadOnlyList<string> planArguments, IReadOnlyList<ClusterFault> faults, ulong seed)
{
    const int Added = 2;
    const string Name = "scheduled";

    static readonly TimeSpan s_look = TimeSpan.FromMilliseconds(50), s_limit = TimeSpan.FromMinutes(8), s_cut = TimeSpan.FromSeconds(15), s_powerless = TimeSpan.FromSeconds(5);

    /// <summary>The plan's limits that make a schedule short, and no limit on what it may survive.</summary>
    public static IReadOnlyList<string> Limits { get; } =
        ["recovery.heartbeat=0.2", "recovery.silence=15", "recovery.connect=20", "recovery.stall=30", "recovery.coordinator_absence=60", "recovery.backoff=0.05", "recovery.backoff_max=1", "recovery.retries=50", "evaluation.protocols=[]"];

    readonly List<string> _struck = [], _defects = [];
    readonly List<(long At, Action Do)> _later = [];
    CounterRandom _random = new(seed, RandomPurpose.Evaluation);

    public async Task<ClusterOutcome> ExecuteAsync(CancellationToken cancellation)
    {
        using var cluster = await ClusterOfMachines.StartAsync(folder, cancellation, spare: Added);
        if (cluster.Submit(0, planArguments, [.. Limits, $"name={Name}", $"workers.max={ClusterOfMachines.Workers}"]) is (not 0, var refusal))
            throw new InvalidOperationException(refusal);

        var run = cluster.Run(Name);
        var rest = new Queue<ClusterFault>(faults);
        var watch = Stopwatch.StartNew();
        while (!(run.Exists && run.ReadInfo().Status != RunStatus.Running && _later.Count == 0))
        {
            if (watch.Elapsed > s_limit)
            {
                _defects.Add($"not finished within {s_limit.TotalMinutes} minutes, at step {run.LastStep()}");
                break;
            }
            foreach (var due in _later.Where(later => later.At <= Stopwatch.GetTimestamp()).ToList())
            {
                due.Do();
                _later.Remove(due);
            }
            if (rest.TryPeek(out var next) && run.LastStep() >= next.Step && run.ReadInfo().Status == RunStatus.Running)
                Strike(cluster, rest.Dequeue());
            await Task.Delay(s_look, cancellation);
        }
        var time = watch.Elapsed;
        Inspect(cluster, run);
        var info = run.Exists ? run.ReadInfo() : null;
        if (_defects.Count > 0)
            foreach (var machine in cluster.Machines)
                await File.WriteAllTextAsync(Path.Combine(folder, $"node{machine}.log"), cluster.OutputOf(machine), cancellation);
        return new ClusterOutcome(info?.WeightsSha256, _struck, run.Exists ? run.ReadGenerations() : [], time, _defects);
    }

    void Strike(ClusterOfMachines cluster, ClusterFault fault)
    {
        _struck.Add(fault.ToString());
        switch (fault.Kind)
        {
            case ClusterFaultKind.KillWorkerNode:
                Fell(AnyWorker(cluster));
                break;
            case ClusterFaultKind.KillCoordinator when cluster.Coordinator() is { } machine:
                Fell(machine);
                break;
            case ClusterFaultKind.CutWorkerNode:
                cluster.Network.Cut(AnyWorker(cluster));
                After(s_cut, cluster.Network.Heal);
                break;
            case ClusterFaultKind.CutCoordinator when cluster.Coordinator() is { } machine:
                cluster.Network.Cut([machine, .. cluster.Machines.Where(other => other >= ClusterOfMachines.Coordinators && other % 2 == 0)]);
                After(s_cut, cluster.Network.Heal);
                break;
            case ClusterFaultKind.AddNodes:
                for (var added = 0; added < Added; added++)
                    cluster.Start(ClusterOfMachines.Coordinators + ClusterOfMachines.Workers + added);
                break;
            default:
                _defects.Add($"{fault}: no coordinator could be found");
                break;
        }

        void Fell(int machine)
        {
            cluster.Kill(machine);
            After(s_powerless, () => cluster.Start(machine));
        }
    }

    int AnyWorker(ClusterOfMachines cluster)
    {
        var workers = cluster.Machines.Where(machine => machine >= ClusterOfMachines.Coordinators).ToList();
        return workers[(int)(_random.NextDouble() * workers.Count)];
    }

    void After(TimeSpan time, Action what) => _later.Add((Stopwatch.GetTimestamp() + (long)(time.TotalSeconds * Stopwatch.Frequency), what));

    void Inspect(ClusterOfMachines cluster, RunFolder run)
    {
        if (!run.Exists)
            return;
        var steps = run.ReadInfo().Steps;
        if (!run.ReadMetrics().HasEachOnce(steps))
            _defects.Add($"the record does not have each of the {steps} steps once");
        var terms = cluster.Terms();
        foreach (var (before, after) in terms.Zip(terms.Skip(1)))
        {
            if (before.Last >= after.First)
                _defects.Add($"two coordinators at once: {cluster.AddressOf(before.Machine)} wrote entry {before.Last} when {cluster.AddressOf(after.Machine)} had begun with {after.First}");
        }
        var left = new List<int>();
        for (var watch = Stopwatch.StartNew(); watch.Elapsed < TimeSpan.FromSeconds(20); Thread.Sleep(s_look))
        {
            left = [.. cluster.Machines.Where(machine => cluster.Network.ProcessesOn(machine).Count > 1)];
            if (left.Count == 0)
                break;
        }
        if (left.Count > 0)
            _defects.Add($"worker processes left behind on {string.Join(", ", left.Select(cluster.AddressOf))}");
    }
}
