namespace PretrainCluster.Core.Coordination;

public sealed partial class Coordinator
{
    void OnTick()
    {
        // Held up itself, the coordinator has not read what the workers said meanwhile: they are heard before they are judged.
        if (_timers.NextDue is { } due && _now - due > _options.Lateness.Ticks)
            _silenceFloor = _now;
        // Several workers that fall silent at a time make one new generation, not one each.
        var affected = new List<Run>();
        while (_timers.TryTake(_now, out var timer))
        {
            switch (timer.Target)
            {
                case Worker worker when timer.Stamp == worker.Due:
                    OnWorkerDue(worker, affected);
                    break;
                case Run run when !run.Adopting && run.End is null:
                    OnRunDue(run, timer);
                    break;
                case Evaluation:
                    _placementDue = true;
                    break;
                case null:
                    EndGrace();
                    break;
            }
        }
        foreach (var run in affected)
            Settle(run);
    }

    void OnRunDue(Run run, TimerEntry timer)
    {
        switch (timer.Kind)
        {
            case TimerKind.Connect when timer.Stamp == run.Generation && run.Group == GroupPhase.Forming && !run.Lost:
                OnConnectDue(run);
                break;
            case TimerKind.Join when timer.Stamp == run.Generation && run.Group == GroupPhase.Training && !run.Lost:
                OnJoinDue(run);
                break;
            case TimerKind.Broken when timer.Stamp == run.Generation && run.Broken is not null && run.Members.Count > run.Stopped:
                foreach (var worker in run.Members.Where(member => !member.Stopped).ToList())
                    Drop(worker, "did not leave its broken generation", failed: true, kill: true);
                Settle(run);
                break;
            case TimerKind.Short when run.InDemand && run.ShortUntil > 0 && run.ShortUntil <= _now:
                Release(run);
                break;
            case TimerKind.Gather or TimerKind.Backoff:
                Settle(run);
                break;
        }
    }

    void OnWorkerDue(Worker worker, List<Run> affected)
    {
        var due = Deadline(worker);
        if (due > _now)
        {
            Watch(worker);
            return;
        }
        switch (worker.State)
        {
            case WorkerState.Ending:
                Tell(worker.Slot.Node, new KillWorker(worker.Name, "did not end in time"));
                worker.EndBy = _now + _options.EndLimit.Ticks;
                Watch(worker);
                break;
            case WorkerState.Starting:
                Drop(worker, FormattableString.Invariant($"was not ready within {_options.StartLimit.TotalSeconds:0.#} s"), failed: true, kill: true);
                affected.Add(worker.Run);
                break;
            default:
                var silent = TimeSpan.FromTicks(_now - worker.Heard).TotalSeconds;
                Drop(worker, FormattableString.Invariant($"gave no sign of life for {silent:0.#} s"), failed: true, kill: true);
                affected.Add(worker.Run);
                break;
        }
    }

    long Deadline(Worker worker) => worker.State switch
    {
        WorkerState.Starting => Math.Max(worker.Started + _options.StartLimit.Ticks, _silenceFloor),
        WorkerState.Ending => worker.EndBy,
        _ => Math.Max(worker.Heard, _silenceFloor) + Ticks(worker.Run.Recovery.Silence),
    };

    // Rounded up a little, so that in a large cluster many workers share a tick.
    void Watch(Worker worker)
    {
        var deadline = Deadline(worker);
        var grain = Ticks(worker.Run.Recovery.Silence) >> 5;
        worker.Due = (deadline + grain - 1) / grain * grain;
        _timers.Set(TimerKind.Worker, worker, worker.Due, worker.Due);
    }
}
