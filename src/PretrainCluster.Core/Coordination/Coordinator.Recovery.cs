using PretrainCluster.Core.Plans;

namespace PretrainCluster.Core.Coordination;

public sealed partial class Coordinator
{
    void Replay(IReadOnlyList<LedgerEntry> ledger)
    {
        var evaluations = new Dictionary<string, EvaluationPlanned>(StringComparer.Ordinal);
        foreach (var entry in ledger)
        {
            if (entry.Number != NextNumber)
                throw new InvalidDataException($"The ledger has entry {entry.Number} where {NextNumber} is expected: an entry is missing.");
            _number = entry.Number;
            if (entry is EvaluationPlanned planned)
                evaluations[planned.Evaluation] = planned;
            else if (entry is EvaluationDone done)
                evaluations.Remove(done.Evaluation);
            else
                ApplyRead(entry);
        }
        foreach (var run in _runs.Values)
        {
            if (run.End is null)
                Prepare(run);
            if (run.End is not null || run is { Paused: true, Generation: 0, CancelReason: null })
                continue;
            run.Adopting = true;
            run.Reason = "waits for its workers to announce themselves";
            _adopting = true;
        }
        foreach (var planned in evaluations.Values)
        {
            var run = _runs[planned.Run];
            Prepare(run);
            Await(new Evaluation(planned.Number, planned.Evaluation, run, planned.Step, planned.Checkpoint));
            _adopting = true;
        }
        if (_adopting)
            _timers.Set(TimerKind.Grace, null, _now + _options.Grace.Ticks);
    }

    void ApplyRead(LedgerEntry entry)
    {
        Run Known(string name) => _runs.TryGetValue(name, out var run) ? run
            : throw new InvalidDataException($"Entry {entry.Number} of the ledger is about run {name}, which was never submitted.");
        switch (entry)
        {
            case RunSubmitted submitted:
                Apply(submitted);
                break;
            case TargetScaled scaled:
                Known(scaled.Run).Target = scaled.Workers;
                break;
            case RunPaused paused:
                Known(paused.Run).Paused = true;
                break;
            case RunResumed resumed:
                Unpause(Known(resumed.Run));
                break;
            case CancelRequested cancelled:
                Known(cancelled.Run).CancelReason = cancelled.Reason;
                break;
            case GenerationBegun begun:
                var run = Known(begun.Run);
                (run.Generation, run.Expected, run.Fingerprint) = (begun.Generation, begun.Members, begun.Fingerprint);
                break;
            case WorkerRemoved removed:
                Known(removed.Run).Removed.Add(removed.Worker);
                break;
            case CheckpointCommitted checkpoint:
                var written = Known(checkpoint.Run);
                (written.CheckpointStep, written.Checkpoint) = (checkpoint.Step, checkpoint.Digest);
                written.Step = Math.Max(written.Step, checkpoint.Step);
                break;
            case RunEnded ended:
                var over = Known(ended.Run);
                (over.End, over.Reason, over.Step, over.WeightsSha256, over.Expected) = (ended.End, ended.Reason, ended.Step, ended.WeightsSha256, []);
                break;
        }
    }

    Run Apply(RunSubmitted entry)
    {
        if (!_runs.TryGetValue(entry.Run, out var run))
            _runs.Add(entry.Run, run = new(entry.Run, entry.Number) { Owner = entry.By });
        (run.PlanText, run.Plan, run.Priority, run.Target) = (entry.Plan, null, entry.Priority, 0);
        (run.End, run.CancelReason, run.Paused, run.Finishing, run.WeightsSha256) = (null, null, false, false, null);
        (run.Fingerprint, run.Expected, run.Failures, run.BackoffUntil) = ("", [], 0, 0);
        run.Avoided.Clear();
        return run;
    }

    // A ledger may hold many runs that are over; only those under way need their plan.
    void Prepare(Run run)
    {
        if (run.Plan is not null)
            return;
        run.Plan = _options.ReadPlan(run.PlanText);
        run.Class = ClassOf(run.Limits.Device);
        if (run.Target == 0)
            run.Target = run.Plan.MostWorkers();
    }

    // A process that an agent found: of the ledger's generation, or one that was started and has joined none yet.
    void Adopt(Run run, Slot slot, RunningWorker running)
    {
        var worker = new Worker(running.Worker, run, slot, _now);
        slot.Worker = worker;
        _workers.Add(worker.Name, worker);
        run.Workers.Add(worker);
        Watch(worker);
        if (running.Ready is { } ready)
            OnReady(worker, ready);
    }

    void TakeBack(Worker worker, WorkerReady ready)
    {
        var run = worker.Run;
        run.Step = Math.Max(run.Step, ready.Step);
        var rank = IndexOf(run.Expected, worker.Name);
        if (rank < 0 || ready.Generation != run.Generation)
            return;
        (worker.State, worker.Generation, worker.Rank) = (WorkerState.Member, run.Generation, rank);
        run.Members.Add(worker);
        if (run.Members.Count == run.Expected.Count)
            EndAdoption(run);
    }

    static int IndexOf(IReadOnlyList<PlacedWorker> placed, string worker)
    {
        for (var i = 0; i < placed.Count; i++)
        {
            if (placed[i].Worker == worker)
                return i;
        }
        return -1;
    }

    void EndGrace()
    {
        if (!_adopting)
            return;
        _adopting = false;
        _placementDue = true;
        foreach (var run in _runs.Values)
        {
            if (run.Adopting)
                EndAdoption(run);
        }
    }

    void EndAdoption(Run run)
    {
        run.Adopting = false;
        run.Reason = "";
        run.Members.Sort(static (x, y) => x.Rank.CompareTo(y.Rank));
        foreach (var placed in run.Expected)
        {
            if (run.Removed.Contains(placed.Worker))
            {
                run.Lost = run.Members.Count > 0;
                run.Loss = $"lost {placed.Worker}";
            }
            else if (!run.Members.Exists(member => member.Name == placed.Worker) && !IsThere(placed))
            {
                run.Removed.Add(placed.Worker);
                run.Lost = run.Members.Count > 0;
                run.Loss = $"lost {placed.Worker}: it did not announce itself to the new coordinator";
                Write(new Ledger.WorkerRemoved(NextNumber, _at, run.Name, placed.Worker, "did not announce itself to the new coordinator"));
                Note(run, RecordKind.WorkerLost, $"{placed.Worker} on {placed.Node}/{placed.Slot}: did not announce itself to the new coordinator");
            }
            else if (!run.Members.Exists(member => member.Name == placed.Worker))
            {
                (run.Lost, run.Loss) = (run.Members.Count > 0, $"{placed.Worker} did not join generation {run.Generation}");
            }
        }
        // Whether the generation had formed is not known here; the members' signs of life tell.
        run.Group = run.Members.Count > 0 ? GroupPhase.Forming : GroupPhase.None;
        if (run.Group == GroupPhase.Forming)
            _timers.Set(TimerKind.Connect, run, _now + Ticks(run.Recovery.Connect), run.Generation);
        Settle(run);
    }

    bool IsThere(PlacedWorker placed) => _workers.TryGetValue(placed.Worker, out var worker) && worker.State is WorkerState.Starting or WorkerState.Ready;
}
