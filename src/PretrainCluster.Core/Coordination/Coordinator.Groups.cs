namespace PretrainCluster.Core.Coordination;

public sealed partial class Coordinator
{
    /// <summary>Looks at a run as it stands and does what is missing. Doing it again changes nothing.</summary>
    void Settle(Run run)
    {
        if (run.Adopting)
            return;
        if (run.End is null)
        {
            if (run.Finishing)
                SettleFinish(run);
            else if (run.IsStopping)
                SettleStop(run);
            else
                SettleGroup(run);
        }
        UpdateDemand(run);
    }

    void SettleFinish(Run run)
    {
        if (run.Members.Count == 0)
            Finish(run);
    }

    void SettleStop(Run run)
    {
        var reason = run.CancelReason ?? "paused";
        foreach (var worker in run.Workers)
        {
            if (worker.State is WorkerState.Starting or WorkerState.Ready)
                End(worker, snapshot: false, reason);
        }
        if (run.Members.Count > 0)
        {
            if (run.Lost || run.Group == GroupPhase.None || run.Stopped == run.Members.Count)
                EndMembers(run, reason);
            else if (run.Group == GroupPhase.Training)
                AskBoundary(run);
        }
        if (run.Workers.Count > 0)
            return;
        if (run.CancelReason is { } cancelled)
            EndRun(run, RunEnd.Cancelled, cancelled, snapshot: false);
        else
            run.Reason = "paused";
    }

    void SettleGroup(Run run)
    {
        Shrink(run);
        if (run.Members.Count == 0)
        {
            run.Group = GroupPhase.None;
            Gather(run);
        }
        else if (run.Lost)
        {
            Regroup(run, run.Loss);
        }
        else if (run.Stopped == run.Members.Count)
        {
            if (run.Broken is { } broken)
                CountFailure(run, run.Members, $"the exchange broke: {broken}");
            if (run.End is null)
                Regroup(run, run.Broken is { } again ? $"the exchange broke: {again}" : "members change");
        }
        else if (run.Group == GroupPhase.Training)
        {
            var joins = run.Workers.Exists(IsJoiner);
            if (joins || run.Members.Exists(static member => member.Leaving is not null))
                AskBoundary(run);
            if (joins && !run.JoinIsDue)
                _timers.Set(TimerKind.Join, run, _now + Ticks(run.Recovery.JoinWait), run.Generation);
            run.JoinIsDue |= joins;
        }
    }

    // A step may be long, and what its members have computed of it is not lost with it: it is broken off rather than waited for.
    void OnJoinDue(Run run)
    {
        if (!run.IsStopping && !run.Finishing && run.Workers.Find(IsJoiner) is { } joiner)
            Regroup(run, $"{joiner.Name} joins");
        Settle(run);
    }

    static bool IsJoiner(Worker worker) => worker is { State: WorkerState.Ready, Leaving: null } && FitsArithmetic(worker.Run, worker);

    static bool FitsArithmetic(Run run, Worker worker) => run.Limits.Mixed || run.Fingerprint.Length == 0 || run.Fingerprint == worker.Fingerprint;

    // The newest go first: those who have not begun, then those in no generation, then the highest ranks.
    void Shrink(Run run)
    {
        foreach (var worker in run.Workers)
        {
            if (worker is { State: WorkerState.Ready, Leaving: { } leaving })
                End(worker, snapshot: false, leaving);
            else if (worker.State == WorkerState.Ready && !FitsArithmetic(run, worker))
                EndMisfit(run, worker);
        }
        var excess = run.Staying - run.Target;
        for (var state = WorkerState.Starting; excess > 0 && state <= WorkerState.Ready; state++)
        {
            for (var i = run.Workers.Count - 1; i >= 0 && excess > 0; i--)
            {
                if (run.Workers[i].State == state)
                {
                    End(run.Workers[i], snapshot: false, $"the run aims at {run.Target} workers");
                    excess--;
                }
            }
        }
        for (var i = run.Members.Count - 1; i >= 0 && excess > 0; i--)
        {
            if (run.Members[i].Leaving is null)
            {
                run.Members[i].Leaving = $"the run aims at {run.Target} workers";
                excess--;
            }
        }
    }

    // A first generation, or one after all members were lost.
    void Gather(Run run)
    {
        var ready = run.Workers.FindAll(IsJoiner);
        if (ready.Count == 0)
            return;
        var starting = run.Workers.Exists(static worker => worker.State == WorkerState.Starting);
        if (!run.Limits.Mixed && run.Fingerprint.Length == 0)
        {
            var arithmetic = ready.GroupBy(static worker => worker.Fingerprint, StringComparer.Ordinal).MaxBy(static group => group.Count())!.Key;
            ready.RemoveAll(worker => worker.Fingerprint != arithmetic);
            if (!starting)
                ChooseArithmetic(run, arithmetic);
        }
        if (ready.Count < run.Limits.Min)
        {
            run.GatherUntil = 0;
            run.Reason = $"{ready.Count} of at least {run.Limits.Min} workers are ready";
            return;
        }
        if (run.GatherUntil == 0)
        {
            run.GatherUntil = _now + _options.GatherWait.Ticks;
            _timers.Set(TimerKind.Gather, run, run.GatherUntil);
        }
        if (!starting || ready.Count >= run.Target || _now >= run.GatherUntil)
        {
            run.GatherUntil = 0;
            if (!run.Limits.Mixed)
                ChooseArithmetic(run, ready[0].Fingerprint);
            Regroup(run, run.Generation == 0 ? "first workers" : "workers replaced");
        }
    }

    void ChooseArithmetic(Run run, string arithmetic)
    {
        run.Fingerprint = arithmetic;
        foreach (var worker in run.Workers)
        {
            if (worker.State == WorkerState.Ready && worker.Fingerprint != arithmetic)
                EndMisfit(run, worker);
        }
    }

    void EndMisfit(Run run, Worker worker)
    {
        Note(run, RecordKind.WorkerLost, $"{worker.Name} on {worker.Slot}: its arithmetic, {worker.Fingerprint}, is not the run's, {run.Fingerprint}; workers.mixed: true would take it");
        End(worker, snapshot: false, "its arithmetic differs from the run's");
    }

    // Generation g+1 of the members that stay and the workers that wait, if they are enough.
    void Regroup(Run run, string reason)
    {
        var members = run.Members.FindAll(static member => member.Leaving is null);
        foreach (var leaver in run.Members.FindAll(static member => member.Leaving is not null))
        {
            End(leaver, snapshot: members.Count == 0, leaver.Leaving!);
            (run.Lost, run.Loss) = (true, $"{leaver.Name} left: {leaver.Leaving}");
        }
        foreach (var worker in run.Workers)
        {
            if (members.Count < run.Target && IsJoiner(worker))
                members.Add(worker);
        }
        if (members.Count < run.Limits.Min)
        {
            run.Reason = $"{members.Count} of at least {run.Limits.Min} workers are there; {reason}";
            return;
        }
        run.Generation++;
        run.Members = members;
        run.Reason = reason;
        (run.Formed, run.Stopped, run.Lost, run.Broken, run.BoundaryAsked, run.JoinIsDue, run.Group) = (0, 0, false, null, false, false, GroupPhase.Forming);
        (run.ComputeReports, run.ComputeMedian) = (0, 0);
        run.Expected = [.. members.Select(static member => new PlacedWorker(member.Name, member.Slot.Node.Name, member.Slot.Name))];
        Write(new GenerationBegun(NextNumber, _at, run.Name, run.Generation, run.Expected, run.Fingerprint, reason));
        Note(run, RecordKind.Generation, $"generation {run.Generation} of {members.Count} workers: {reason}");
        run.Secret = _options.NewSecret();
        run.Roster = [.. members.Select(static member => new Member(member.Name, member.DataEndpoint))];
        for (var rank = 0; rank < members.Count; rank++)
        {
            var member = members[rank];
            (member.State, member.Generation, member.Rank, member.Formed, member.Stopped) = (WorkerState.Member, run.Generation, rank, false, false);
            Tell(member, new JoinGeneration(member.Name, run.Generation, run.Roster, run.Secret));
        }
        _timers.Set(TimerKind.Connect, run, _now + Ticks(run.Recovery.Connect), run.Generation);
    }

    void AskBoundary(Run run)
    {
        if (run.BoundaryAsked)
            return;
        run.BoundaryAsked = true;
        Tell(run.Members[0], new StopAtBoundary(run.Members[0].Name, run.Generation));
    }

    void OnConnectDue(Run run)
    {
        var limit = FormattableString.Invariant($"within {run.Recovery.Connect:0.###} s");
        var late = run.Members.FindAll(static member => !member.Formed);
        if (run.Formed == 0)
        {
            // Nobody got through. Those who never even joined are at fault; where that is nobody or everybody, all try again.
            var absent = late.FindAll(member => !member.Stopped && (member.Last?.Generation ?? 0) < run.Generation);
            late = absent.Count < late.Count ? absent : [];
        }
        foreach (var worker in late)
            Drop(worker, $"did not join generation {run.Generation} {limit}", failed: true, kill: true);
        if (late.Count == 0 && run.IsStopping)
        {
            EndMembers(run, run.CancelReason ?? "paused");
        }
        else if (late.Count == 0)
        {
            CountFailure(run, null, $"generation {run.Generation} did not form {limit}");
            if (run.End is null)
                Regroup(run, $"generation {run.Generation} did not form {limit}");
        }
        Settle(run);
    }

    // What is left of a gang cannot be completed: it gives its slots back, and the run waits for all of them anew.
    void Release(Run run)
    {
        Note(run, RecordKind.Stopping, $"gives its slots back: {run.Staying} of at least {run.Limits.Min} workers, and no free slot for the rest");
        foreach (var worker in run.Workers)
        {
            if (worker.State is WorkerState.Starting or WorkerState.Ready)
                End(worker, snapshot: false, "the gang is not complete");
        }
        EndMembers(run, "the gang is not complete");
        run.ShortUntil = 0;
        if (run.Generation == 0)
            run.Fingerprint = "";
        Settle(run);
    }

    void EndMembers(Run run, string reason)
    {
        foreach (var member in run.Members.ToArray())
            End(member, snapshot: true, reason);
        run.Lost = false;
        run.Group = GroupPhase.None;
    }
}
