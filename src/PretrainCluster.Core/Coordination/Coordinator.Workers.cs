namespace PretrainCluster.Core.Coordination;

public sealed partial class Coordinator
{
    void OnWorker(string node, WorkerMessage message)
    {
        if (!_workers.TryGetValue(message.Worker, out var worker))
        {
            OnUnknown(node, message);
            return;
        }
        if (worker.Slot.Node.Name != node)
            return;
        worker.Heard = _now;
        if (worker.Fenced)
        {
            OnFenced(worker, message);
            return;
        }
        switch (message)
        {
            case Heartbeat heartbeat:
                OnHeartbeat(worker, heartbeat);
                break;
            case WorkerReady ready:
                OnReady(worker, ready);
                break;
            case GenerationFormed formed:
                OnFormed(worker, formed);
                break;
            case ExchangeBroken broken when IsCurrent(worker, broken.Generation):
                worker.Step = Math.Max(worker.Step, broken.Step);
                Stop(worker, $"{worker.Name}: {broken.Reason}");
                break;
            case AtBoundary boundary when IsCurrent(worker, boundary.Generation):
                worker.Step = Math.Max(worker.Step, boundary.Step);
                worker.Run.Step = Math.Max(worker.Run.Step, boundary.Step);
                Stop(worker, null);
                break;
            case CheckpointWritten checkpoint:
                OnCheckpoint(worker, checkpoint);
                break;
            case StepsApplied { Steps: { Count: > 0 } steps } applied when IsCurrent(worker, applied.Generation):
                worker.Run.Step = Math.Max(worker.Run.Step, steps[^1].Step);
                break;
            case WorkerNote note:
                Note(worker.Run, RecordKind.Note, $"{worker.Name}: {note.Kind}: {note.Text}");
                break;
            case WorkerEnded ended:
                OnEnded(worker, ended);
                break;
        }
    }

    static bool IsCurrent(Worker worker, long generation) => worker.State == WorkerState.Member && generation == worker.Run.Generation;

    // A worker whose agent has not announced it: where the ledger knows its slot it is taken in, otherwise the announcement is waited for.
    void OnUnknown(string node, WorkerMessage message)
    {
        if (!_nodes.TryGetValue(node, out var known) || !known.Reachable)
            return;
        if (message is WorkerReady ready && _runs.TryGetValue(ready.Run, out var run) && run.Adopting
            && run.Expected.FirstOrDefault(placed => placed.Worker == ready.Worker && placed.Node == node) is { } expected
            && known.Slots.TryGetValue(expected.Slot, out var slot) && !slot.IsTaken && !run.Removed.Contains(ready.Worker))
        {
            Adopt(run, slot, new(ready.Worker, ready.Run, expected.Slot, ready));
            Refresh(slot);
        }
        else if (!_adopting && message is not WorkerEnded)
        {
            Tell(known, new KillWorker(message.Worker, "it belongs to no run that is under way"));
        }
    }

    void OnFenced(Worker worker, WorkerMessage message)
    {
        switch (message)
        {
            case CheckpointWritten checkpoint:
                Refuse(worker, checkpoint);
                break;
            case WorkerReady:
                Tell(worker.Slot.Node, new KillWorker(worker.Name, "it was excluded"));
                break;
        }
    }

    void OnHeartbeat(Worker worker, Heartbeat heartbeat)
    {
        worker.Last = heartbeat;
        var run = worker.Run;
        if (!IsCurrent(worker, heartbeat.Generation) || run.Adopting)
            return;
        worker.Step = heartbeat.Step;
        if (heartbeat.Step > run.Step)
            run.Step = heartbeat.Step;
        switch (heartbeat.Phase)
        {
            // Its word that it stopped may have been lost with the coordinator before this one.
            case WorkerPhase.Idle when !worker.Stopped && heartbeat.PhaseSeconds >= run.Recovery.Heartbeat:
                Stop(worker, null);
                return;
            case WorkerPhase.Idle or WorkerPhase.Regroup:
                return;
        }
        if (!worker.Formed && !worker.Stopped)
            Form(worker, run.Step);
        if (run.Limits.MemoryMib > 0 && heartbeat.Memory > (long)run.Limits.MemoryMib << 20 && worker.Leaving is null)
            LeaveForMemory(worker, heartbeat.Memory);
        if (heartbeat.PhaseSeconds > run.Recovery.Stall)
            LookForStall(worker, heartbeat);
        else if (run.Limits.ExcludeStragglers > 0 && run.Members.Count > 1)
            LookForStraggler(worker, heartbeat);
    }

    void OnReady(Worker worker, WorkerReady ready)
    {
        var run = worker.Run;
        worker.Heard = _now;
        worker.ProcessId = ready.ProcessId;
        worker.DataEndpoint = ready.DataEndpoint;
        worker.Fingerprint = ready.Fingerprint;
        switch (worker.State)
        {
            case WorkerState.Starting:
                worker.State = WorkerState.Ready;
                worker.Step = ready.Step;
                Watch(worker);
                if (worker.Slot.Fingerprint != ready.Fingerprint)
                {
                    worker.Slot.Fingerprint = ready.Fingerprint;
                    Refresh(worker.Slot);
                }
                if (run.Adopting)
                    TakeBack(worker, ready);
                else
                    Settle(run);
                break;
            case WorkerState.Member when ready.Generation != run.Generation && run.Group == GroupPhase.Forming && run.Roster is { } roster:
                // The link was away when it was told.
                Tell(worker, new JoinGeneration(worker.Name, run.Generation, roster, run.Secret));
                break;
            case WorkerState.Member when run.BoundaryAsked && run.Members[0] == worker:
                Tell(worker, new StopAtBoundary(worker.Name, run.Generation));
                break;
            case WorkerState.Ending when worker.Farewell is { } farewell:
                Tell(worker, farewell);
                break;
        }
    }

    void OnFormed(Worker worker, GenerationFormed formed)
    {
        if (!IsCurrent(worker, formed.Generation) || worker.Run.Adopting)
            return;
        var run = worker.Run;
        if (formed.Restored is not null)
            Note(run, RecordKind.Note, $"{worker.Name} restored checkpoint {formed.Restored} of step {formed.Step}");
        worker.Step = formed.Step;
        if (!worker.Formed)
            Form(worker, formed.Step);
    }

    void Form(Worker worker, long step)
    {
        var run = worker.Run;
        worker.Formed = true;
        worker.FormedAt = step;
        worker.FailureMark = run.FailureMark;
        worker.Slot.Failures = 0;
        if (worker.Stopped)
        {
            worker.Stopped = false;
            run.Stopped--;
        }
        run.Formed++;
        run.FailureStep = Math.Min(run.FailureStep, step);
        run.Step = step;
        if (run.Formed < run.Members.Count || run.Lost || run.Group != GroupPhase.Forming)
            return;
        run.Group = GroupPhase.Training;
        Note(run, RecordKind.Generation, $"generation {run.Generation} trains on from step {step} with {run.Members.Count} of {run.Target} workers");
        Settle(run);
    }

    void Stop(Worker worker, string? broken)
    {
        var run = worker.Run;
        if (run.Adopting)
            return;
        if (broken is not null && run.Broken is null)
        {
            run.Broken = broken;
            _timers.Set(TimerKind.Broken, run, _now + Ticks(run.Recovery.Connect), run.Generation);
        }
        if (!worker.Stopped)
        {
            worker.Stopped = true;
            run.Stopped++;
        }
        if (run.Stopped == run.Members.Count)
            Settle(run);
    }

    void OnCheckpoint(Worker worker, CheckpointWritten checkpoint)
    {
        var run = worker.Run;
        if (worker.Generation != run.Generation || run.End is not null)
        {
            Refuse(worker, checkpoint);
            return;
        }
        if (checkpoint.Step > run.CheckpointStep || checkpoint.Digest != run.Checkpoint)
        {
            if (checkpoint.Step < run.CheckpointStep)
                return;
            run.CheckpointStep = checkpoint.Step;
            run.Checkpoint = checkpoint.Digest;
            Write(new CheckpointCommitted(NextNumber, _at, run.Name, checkpoint.Step, checkpoint.Digest));
            Note(run, RecordKind.Checkpoint, FormattableString.Invariant($"checkpoint of step {checkpoint.Step} in {checkpoint.Seconds:0.###} s: {checkpoint.Digest}"));
        }
        if (run.Finishing && checkpoint.Step >= run.Step)
            Finish(run);
    }

    void Refuse(Worker worker, CheckpointWritten checkpoint)
    {
        var run = worker.Run;
        var why = run.End is not null ? "the run has ended" : $"it is of generation {worker.Generation}, the run is at {run.Generation}";
        Note(run, RecordKind.CheckpointRefused, $"checkpoint {checkpoint.Digest} of step {checkpoint.Step} by {worker.Name} is not committed: {(worker.Fenced ? "the worker was excluded" : why)}");
    }

    void OnEnded(Worker worker, WorkerEnded ended)
    {
        var run = worker.Run;
        if (worker.State == WorkerState.Ending)
            return;
        switch (ended.Outcome)
        {
            case WorkerOutcome.Finished:
                run.WeightsSha256 = ended.WeightsSha256;
                run.Step = ended.Step;
                run.Finishing = true;
                run.Reason = "writing the last checkpoint";
                Detach(worker);
                if (run.CheckpointStep >= ended.Step || run.Members.Count == 0)
                    Finish(run);
                return;
            case WorkerOutcome.Diverged or WorkerOutcome.Refused:
                Detach(worker);
                EndRun(run, RunEnd.Failed, ended.Reason, snapshot: false);
                return;
            case WorkerOutcome.Failed:
                Drop(worker, ended.Reason, failed: true, kill: false);
                break;
            default:
                Drop(worker, ended.Reason.Length > 0 ? $"left: {ended.Reason}" : "left", failed: false, kill: false);
                break;
        }
        Settle(run);
    }

    void Finish(Run run) => EndRun(run, RunEnd.Finished, "all steps applied", snapshot: false);
}
