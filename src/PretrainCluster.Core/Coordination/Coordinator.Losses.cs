namespace PretrainCluster.Core.Coordination;

public sealed partial class Coordinator
{
    const int StragglerSteps = 10;

    /// <summary>Excludes a worker: from here on nothing that it says counts. Its slot stays taken until its process is gone.</summary>
    void Drop(Worker worker, string reason, bool failed, bool kill)
    {
        var run = worker.Run;
        if (worker.State == WorkerState.Ending)
        {
            if (kill)
                Tell(worker.Slot.Node, new KillWorker(worker.Name, reason));
            return;
        }
        var wasMember = worker.State == WorkerState.Member;
        Detach(worker);
        worker.Fenced = true;
        run.Lost |= wasMember && run.Members.Count > 0;
        run.Removed.Add(worker.Name);
        run.Reason = run.Loss = $"lost {worker.Name}: {reason}";
        Write(new WorkerRemoved(NextNumber, _at, run.Name, worker.Name, reason));
        Note(run, RecordKind.WorkerLost, $"{worker.Name} on {worker.Slot}: {reason}");
        if (kill)
            Tell(worker.Slot.Node, new KillWorker(worker.Name, reason));
        if (!failed)
            return;
        worker.Slot.Failures++;
        CountFailure(run, [worker], $"{worker.Name} on {worker.Slot}: {reason}");
    }

    /// <summary>Tells a worker to leave in good order.</summary>
    void End(Worker worker, bool snapshot, string reason)
    {
        if (worker.State == WorkerState.Ending)
            return;
        if (worker.State == WorkerState.Starting)
            Tell(worker.Slot.Node, new KillWorker(worker.Name, reason));
        else
            Tell(worker, worker.Farewell = new EndWorker(worker.Name, snapshot, reason));
        Detach(worker);
    }

    void Detach(Worker worker)
    {
        var run = worker.Run;
        if (worker.State == WorkerState.Member && run.Members.Remove(worker))
        {
            run.Formed -= worker.Formed ? 1 : 0;
            run.Stopped -= worker.Stopped ? 1 : 0;
        }
        worker.State = WorkerState.Ending;
        worker.EndBy = _now + _options.EndLimit.Ticks;
        Watch(worker);
    }

    /// <summary>
    /// Counts a failure, unless all of <paramref name="workers"/> started or formed before the last one was counted: then it is the same one.
    /// Beyond the plan's limit the run ends.
    /// </summary>
    void CountFailure(Run run, IReadOnlyList<Worker>? workers, string reason)
    {
        if (run.End is not null || run.IsStopping || run.Finishing)
            return;
        if (workers is not null && workers.All(worker => worker.FailureMark < run.FailureMark))
            return;
        if (run.Step > run.FailureStep)
            run.Failures = 0;
        run.FailureStep = run.Step;
        run.FailureMark++;
        run.Failures++;
        if (run.Failures > run.Recovery.Retries)
        {
            EndRun(run, RunEnd.Failed, $"given up after {run.Failures} failures in a row without a step between them; the last: {reason}", snapshot: true);
            return;
        }
        var wait = Math.Min(run.Recovery.Backoff * Math.Pow(2, Math.Min(run.Failures - 1, 40)), run.Recovery.BackoffMax);
        run.BackoffUntil = _now + Ticks(wait);
        if (wait > 0)
            _timers.Set(TimerKind.Backoff, run, run.BackoffUntil);
    }

    void EndRun(Run run, RunEnd end, string reason, bool snapshot)
    {
        run.End = end;
        run.Reason = reason;
        run.Adopting = false;
        Write(new RunEnded(NextNumber, _at, run.Name, end, reason, run.Step, run.WeightsSha256));
        Note(run, RecordKind.Ended, $"{end.ToString().ToLowerInvariant()}: {reason}");
        foreach (var worker in run.Workers.ToArray())
            End(worker, snapshot && worker.State == WorkerState.Member, reason);
        run.Group = GroupPhase.None;
        UpdateDemand(run);
        if (end == RunEnd.Finished)
            PlanEvaluation(run);
    }

    void LeaveForMemory(Worker worker, long memory)
    {
        var run = worker.Run;
        worker.Leaving = $"{memory >> 20} MiB in memory, more than workers.memory_mib allows: {run.Limits.MemoryMib}";
        Note(run, RecordKind.WorkerLost, $"{worker.Name} on {worker.Slot} is replaced: {worker.Leaving}");
        CountFailure(run, [worker], worker.Leaving);
        Settle(run);
    }

    void LookForStall(Worker worker, Heartbeat heartbeat)
    {
        var run = worker.Run;
        if (run.Lost || worker.State != WorkerState.Member)
            return;
        var p95 = MedianOf(run.Members, static member => member.Last?.StepP95 ?? 0);
        var limit = run.Recovery.Stall + 2 * p95;
        if (heartbeat.PhaseSeconds <= limit)
            return;
        var waiting = run.Members.Count(static member => member.Last?.Phase == WorkerPhase.Exchange);
        var overdue = run.Members.Count(member => member.Last?.PhaseSeconds > limit);
        if (heartbeat.Phase != WorkerPhase.Exchange && (waiting > 0 || overdue == run.Members.Count))
        {
            var phase = heartbeat.Phase.ToString().ToLowerInvariant();
            Drop(worker, FormattableString.Invariant($"stalled: {heartbeat.PhaseSeconds:0.#} s without progress in {phase} of step {heartbeat.Step + 1}, the limit is {limit:0.#} s (recovery.stall and twice a step's p95)"), failed: true, kill: true);
            Settle(run);
        }
        else if (waiting == run.Members.Count && overdue == run.Members.Count)
        {
            const string reason = "all members waited for each other";
            CountFailure(run, null, reason);
            if (run.End is null && !run.IsStopping)
                Regroup(run, reason);
            Settle(run);
        }
    }

    void LookForStraggler(Worker worker, Heartbeat heartbeat)
    {
        var run = worker.Run;
        // Once a round of reports is enough: the median of n members costs n log n.
        if (++run.ComputeReports >= run.Members.Count)
        {
            run.ComputeReports = 0;
            run.ComputeMedian = MedianOf(run.Members, static member => member.Last?.ComputeP50 ?? 0);
        }
        if (run.ComputeMedian <= 0 || heartbeat.ComputeP50 <= run.Limits.ExcludeStragglers * run.ComputeMedian || worker.Leaving is not null
            || heartbeat.Step < worker.FormedAt + StragglerSteps || run.Members.Count(static member => member.Leaving is null) <= run.Limits.Min)
            return;
        run.Avoided.Add(worker.Slot);
        worker.Leaving = FormattableString.Invariant($"straggler: {heartbeat.ComputeP50:0.###} s a step on its own share, the group's median is {run.ComputeMedian:0.###} s");
        Note(run, RecordKind.WorkerLost, $"{worker.Name} on {worker.Slot} is left out: {worker.Leaving}");
        Settle(run);
    }

    // The lower median: of two, the faster one.
    static double MedianOf(List<Worker> members, Func<Worker, double> value)
    {
        if (members.Count == 0)
            return 0;
        var values = members.ConvertAll(member => value(member));
        values.Sort();
        return values[(values.Count - 1) / 2];
    }
}
