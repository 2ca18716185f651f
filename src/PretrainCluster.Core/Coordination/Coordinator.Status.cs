namespace PretrainCluster.Core.Coordination;

public sealed partial class Coordinator
{
    /// <summary>Where things stand.</summary>
    /// <param name="run">one run, or null for all</param>
    /// <exception cref="InputException">There is no such run.</exception>
    public ClusterStatus Status(string? run) => new(
        run is null ? [.. _runs.Values.Select(View)] : [View(Find(run))],
        [.. _nodes.Values.Select(View)],
        []);

    /// <summary>One run alone, without the nodes.</summary>
    /// <exception cref="InputException">There is no such run.</exception>
    public RunStatusView StatusOf(string run) => View(Find(run));

    static RunStatusView View(Run run) => new(run.Name, StateOf(run), run.Reason, run.Priority, run.Generation, run.Step, run.Target, run.Checkpoint, run.WeightsSha256,
        [.. run.Workers.Select(View)], run.Owner);

    static string StateOf(Run run) => run switch
    {
        { End: RunEnd.Finished } => "finished",
        { End: RunEnd.Cancelled } => "cancelled",
        { End: RunEnd.Failed } => "failed",
        { Paused: true, CancelReason: null, Workers.Count: 0 } => "paused",
        { IsStopping: true } or { Finishing: true } => "stopping",
        { Adopting: true } => "regrouping",
        { Members.Count: > 0, Group: GroupPhase.Training, Lost: false } => "training",
        { Members.Count: > 0, Generation: > 0 } => "regrouping",
        { Staying: 0 } => "queued",
        _ => "starting",
    };

    static WorkerStatusView View(Worker worker) => new(worker.Name, worker.Slot.Node.Name, worker.Slot.Name, worker.State == WorkerState.Member ? worker.Rank : -1, worker.ProcessId,
        StateOf(worker), worker.Step, worker.Last?.StepP50 ?? 0, worker.Last?.StepP95 ?? 0, worker.Last?.ComputeP50 ?? 0, worker.Last?.ClipsPerSecond ?? 0, worker.Last?.Memory ?? 0);

    static string StateOf(Worker worker) => worker.State switch
    {
        WorkerState.Starting => "starting",
        WorkerState.Ready => "ready",
        WorkerState.Ending => "ending",
        _ when worker.Last is { } last && last.PhaseSeconds > worker.Run.Recovery.Stall && last.Phase != WorkerPhase.Exchange => "stalled",
        _ => worker is { Formed: true, Stopped: false } ? "training" : "regrouping",
    };

    static NodeStatusView View(Node node)
    {
        var (free, busy) = (new List<string>(node.Slots.Count), new List<string>(node.Slots.Count));
        foreach (var slot in node.Slots.Values)
        {
            if (slot.IsTaken)
                busy.Add(slot.Name);
            else if (slot.Offered)
                free.Add(slot.Name);
        }
        return new(node.Name, node.Reachable, free, busy);
    }
}
