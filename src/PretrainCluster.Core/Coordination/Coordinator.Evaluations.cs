namespace PretrainCluster.Core.Coordination;

public sealed partial class Coordinator
{
    void PlanEvaluation(Run run)
    {
        if (run.Plan!.Evaluation.Protocols.Count == 0)
            return;
        if (run.Checkpoint is not { } checkpoint || run.CheckpointStep < run.Step)
        {
            Note(run, RecordKind.Evaluation, "not evaluated: no word of the last checkpoint came, so there is no digest to tie the figures to");
            return;
        }
        var name = $"{run.Name}@{run.CheckpointStep}-{NextNumber}";
        Write(new EvaluationPlanned(NextNumber, _at, name, run.Name, run.CheckpointStep, checkpoint));
        Await(new Evaluation(_number, name, run, run.CheckpointStep, checkpoint));
    }

    void Await(Evaluation evaluation)
    {
        _evaluations[evaluation.Name] = evaluation;
        evaluation.Run.Class!.Evaluations.Add(evaluation);
        _placementDue = true;
    }

    void PlaceEvaluations(DeviceClass found)
    {
        if (found.Free == 0 || found.Evaluations.Count == 0)
            return;
        foreach (var evaluation in found.Evaluations.ToArray())
        {
            if (found.Free == 0)
                return;
            if (evaluation.NotBefore > _now)
                continue;
            var run = evaluation.Run;
            if (found.Pools.Find(pool => pool.Free.Count > 0 && Fits(run, pool)) is not { } pool)
                continue;
            var slot = pool.Free.Min!;
            Occupy(evaluation, slot);
            Tell(slot.Node, new StartEvaluation(evaluation.Name, run.Name, slot.Name, evaluation.Step, evaluation.Checkpoint, run.PlanText));
            Note(run, RecordKind.Evaluation, $"evaluation of step {evaluation.Step}, checkpoint {evaluation.Checkpoint}, starts on {slot}");
        }
    }

    void Occupy(Evaluation evaluation, Slot slot)
    {
        evaluation.Run.Class!.Evaluations.Remove(evaluation);
        (evaluation.Slot, evaluation.Pool, evaluation.IsStopping) = (slot, slot.Pool, false);
        slot.Evaluation = evaluation;
        slot.Pool!.Evaluations.Add(evaluation);
        slot.Pool.Class.Place(slot);
    }

    // Training wins: evaluations leave as many slots as the run lacks, the youngest first, provided that this is enough.
    static int Lacking(Run run, List<SlotPool> pools, int atLeast)
    {
        var free = pools.Sum(pool => pool.Free.Count);
        var evaluating = pools.Sum(pool => pool.Evaluations.Count);
        return free < atLeast && free + evaluating >= atLeast ? atLeast - free : 0;
    }

    /// <returns>true if slots are being cleared</returns>
    bool MakeRoom(Run run, DeviceClass found, int atLeast)
    {
        if (found.Pools.TrueForAll(static pool => pool.Evaluations.Count == 0))
            return false;
        foreach (var pools in PoolChoices(run, found))
        {
            var lacking = Lacking(run, pools, atLeast);
            if (lacking == 0)
                continue;
            foreach (var evaluation in pools.SelectMany(static pool => pool.Evaluations).OrderByDescending(static evaluation => evaluation.Sequence).Take(lacking))
            {
                if (evaluation.IsStopping)
                    continue;
                evaluation.IsStopping = true;
                Tell(evaluation.Slot!.Node, new StopEvaluation(evaluation.Name, $"run {run.Name} needs the slot"));
                Note(evaluation.Run, RecordKind.Evaluation, $"evaluation of step {evaluation.Step} makes room for run {run.Name}");
            }
            return true;
        }
        return false;
    }

    void OnEvaluationEnded(string node, EvaluationEnded ended)
    {
        if (_strays.TryGetValue(ended.Evaluation, out var stray) && stray.Node.Name == node)
        {
            FreeStray(ended.Evaluation);
            Refresh(stray);
            return;
        }
        if (!_evaluations.TryGetValue(ended.Evaluation, out var evaluation) || evaluation.Slot is not { } slot || slot.Node.Name != node)
            return;
        var stopped = evaluation.IsStopping;
        Requeue(evaluation);
        if (!stopped && !ended.Succeeded)
            evaluation.Failures++;
        if (ended.Succeeded || evaluation.Failures > _options.EvaluationRetries)
        {
            evaluation.IsDone = true;
            evaluation.Run.Class!.Evaluations.Remove(evaluation);
            Write(new EvaluationDone(NextNumber, _at, evaluation.Name, ended.Succeeded, ended.Reason));
            Note(evaluation.Run, RecordKind.Evaluation, $"evaluation of step {evaluation.Step} {(ended.Succeeded ? "is done" : $"failed {evaluation.Failures} times: {ended.Reason}")}");
        }
        Refresh(slot);
    }

    void Requeue(Evaluation evaluation)
    {
        if (evaluation.IsStopping)
        {
            // In a full cluster slots are free for moments only; a start for each of them would waste more than it does.
            var wait = _options.EvaluationPause.Ticks << Math.Min(evaluation.TimesStopped++, 5);
            _timers.Set(TimerKind.Evaluation, evaluation, evaluation.NotBefore = _now + wait);
        }
        if (evaluation.Slot is { } slot)
            slot.Evaluation = null;
        evaluation.Pool?.Evaluations.Remove(evaluation);
        (evaluation.Slot, evaluation.Pool, evaluation.IsStopping) = (null, null, false);
        if (!evaluation.IsDone)
            Await(evaluation);
    }

    void ReconcileEvaluations(Node node, IReadOnlyList<RunningEvaluation> running)
    {
        foreach (var slot in node.Slots.Values)
        {
            // One that was ordered while the node announced itself is not on its list yet; a second announcement would show it gone.
            if (slot.Evaluation is { } known && !running.Any(entry => entry.Evaluation == known.Name) && known.IsStopping)
                Requeue(known);
        }
        foreach (var entry in running)
        {
            node.Slots.TryGetValue(entry.Slot, out var slot);
            if (slot?.Evaluation?.Name == entry.Evaluation)
                continue;
            if (_evaluations.TryGetValue(entry.Evaluation, out var evaluation) && evaluation is { IsDone: false, Slot: null } && slot is { IsTaken: false, Offered: true })
            {
                Refresh(slot);
                Occupy(evaluation, slot);
                continue;
            }
            if (slot is { IsTaken: false })
            {
                slot.Stray = entry.Evaluation;
                _strays[entry.Evaluation] = slot;
            }
            Tell(node, new StopEvaluation(entry.Evaluation, "it is not asked for, or runs elsewhere"));
        }
    }
}
