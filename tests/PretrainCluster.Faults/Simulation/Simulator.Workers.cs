using PretrainCluster.Core.Coordination;
using PretrainCluster.Core.Coordination.Messages;

namespace PretrainCluster.Faults.Simulation;

public sealed partial class Simulator
{
    void Announce(SimulatedNode node)
    {
        if (node.CutOff || _coordinator is null)
            return;
        node.Coordinator = _coordinator;
        var workers = node.Workers.Where(static worker => worker is not null)
            .Select(static worker => new RunningWorker(worker!.Name, worker.Run.Name, worker.Node.Offers[worker.Slot].Slot, ReadyOf(worker)));
        var evaluations = Enumerable.Range(0, node.Evaluations.Length).Where(slot => node.Evaluations[slot] is not null)
            .Select(slot => new RunningEvaluation(node.Evaluations[slot]!, node.Offers[slot].Slot));
        SendUp(node, new NodeAnnounced(node.Name, Coordinator.Protocol, node.Offers, [.. workers], [.. evaluations]));
    }

    static WorkerReady? ReadyOf(SimulatedWorker worker) => worker.State == ProcessState.Starting ? null : worker.Ready! with { Generation = worker.Generation, Step = worker.Step };

    void Carry(SimulatedNode node, Message order, Coordinator sender)
    {
        if (node.CutOff || node.Coordinator != sender)
            return;
        switch (order)
        {
            case StartWorker start:
                StartProcess(node, start);
                break;
            case KillWorker kill:
                if (_workers.TryGetValue(kill.Worker, out var killed) && killed.Node == node)
                    Gone(killed, -9);
                else
                    SendUp(node, new WorkerExited(kill.Worker, -9, "it was gone already"));
                break;
            case StartEvaluation start:
                var slot = SimulatedNode.SlotOf(start.Slot);
                CheckFree(node, slot, start.Evaluation);
                node.Evaluations[slot] = start.Evaluation;
                _queue.Add(_now + Between(3 * Minute, 20 * Minute), WorldEventKind.EvaluationEnds, node, start.Evaluation);
                break;
            case StopEvaluation stop:
                _queue.Add(_now + Between(Second / 10, Second), WorldEventKind.EvaluationEnds, node, stop.Evaluation, 1);
                break;
            case WorkerOrder told when _workers.TryGetValue(told.Worker, out var worker) && worker.Node == node:
                if (worker.Frozen)
                    (worker.Waiting ??= []).Add(told);
                else
                    Obey(worker, told);
                break;
        }
    }

    void StartProcess(SimulatedNode node, StartWorker start)
    {
        var slot = SimulatedNode.SlotOf(start.Slot);
        CheckFree(node, slot, start.Worker);
        var worker = new SimulatedWorker(start.Worker, _runsByName[start.Run], node, slot) { StartedAt = _now };
        node.Workers[slot] = worker;
        _workers.Add(worker.Name, worker);
        worker.Run.Processes++;
        if (_random.NextDouble() < 0.01)
        {
            _report.Fault("crash while starting");
            _queue.Add(_now + Between(Second, 10 * Second), WorldEventKind.WorkerGone, worker, stamp: 134);
        }
        else
        {
            _queue.Add(_now + Between(3 * Second, 15 * Second), WorldEventKind.WorkerReady, worker);
        }
        ScheduleFault(worker);
    }

    void BecomeReady(SimulatedWorker worker)
    {
        if (worker.State != ProcessState.Starting || worker.Frozen)
            return;
        if (worker.Run.Refused)
        {
            SendUp(worker.Node, new WorkerEnded(worker.Name, 0, WorkerOutcome.Refused, 0, "the plan does not fit its dataset", null));
            _queue.Add(_now + Second, WorldEventKind.WorkerGone, worker);
            return;
        }
        worker.State = ProcessState.Idle;
        worker.PhaseSince = _now;
        worker.Ready = new(worker.Name, worker.Run.Name, 1, worker.Name, worker.Node.Arithmetic, -1, 0);
        SendUp(worker.Node, worker.Ready);
        _queue.Add(_now + Between(0, (long)(_options.Report * Second)), WorldEventKind.Report, worker);
    }

    void ReportAlive(SimulatedWorker worker)
    {
        if (worker.State == ProcessState.Gone)
            return;
        _queue.Add(_now + (long)(_options.Report * Second), WorldEventKind.Report, worker);
        var node = worker.Node;
        if (worker.Frozen || node.CutOff || node.Coordinator is not { } coordinator || coordinator != _coordinator && coordinator != _stale)
            return;
        var heartbeat = HeartbeatOf(worker);
        if (node.LastUp > _now)
        {
            SendUp(node, heartbeat);
            return;
        }
        _heartbeats++;
        Handle(coordinator, new FromWorker(At, node.Name, heartbeat), nameof(Heartbeat));
    }

    Heartbeat HeartbeatOf(SimulatedWorker worker)
    {
        var group = worker.Group;
        var phase = group?.State switch
        {
            _ when worker.Stalled => WorkerPhase.Forward,
            GroupState.Connecting => WorkerPhase.Regroup,
            GroupState.Training => WorkerPhase.Exchange,
            _ => WorkerPhase.Idle,
        };
        var step = group is null ? worker.Step : group.StepAt(_now);
        var seconds = group is { State: GroupState.Training, Held: 0 } ? 0.2 : (double)(_now - worker.PhaseSince) / Second;
        var stepSeconds = group is null ? 0 : (double)group.StepTime / Second;
        return new(worker.Name, worker.Generation, Math.Max(0, step), phase, seconds, stepSeconds, stepSeconds * 1.2, stepSeconds * (worker.Slow ? 4 : 0.8), 10, (worker.Leaks ? 5L : 1L) << 30);
    }

    void Obey(SimulatedWorker worker, WorkerOrder order)
    {
        switch (order)
        {
            case JoinGeneration join when join.Generation > worker.Generation && !worker.Stalled && worker.State != ProcessState.Starting:
                Join(worker, join);
                break;
            case StopAtBoundary stop when worker.Group is { State: GroupState.Training } group && group.Generation == stop.Generation:
                group.BoundaryAsked = true;
                ScheduleStep(group);
                break;
            case EndWorker end when !worker.Stalled:
                Leave(worker, end.Snapshot, end.Reason);
                break;
        }
    }

    void Join(SimulatedWorker worker, JoinGeneration join)
    {
        Part(worker);
        var run = worker.Run;
        (worker.Generation, worker.State, worker.PhaseSince) = (join.Generation, ProcessState.Grouped, _now);
        if (run.Group is null || run.Group.Generation < join.Generation)
        {
            run.Previous = run.Group;
            run.Group = new(run, join.Generation, [.. join.Members.Select(member => _workers.GetValueOrDefault(member.Worker))]) { Version = 1 };
            run.Group.Doomed = run.Group.Members.Any(static member => member is null);
        }
        if (run.Group.Generation > join.Generation)
        {
            worker.State = ProcessState.Idle;
            return;
        }
        var group = run.Group;
        worker.Group = group;
        group.Joined++;
        if (group.State == GroupState.Connecting && group.Doomed)
            Break(group);
        else if (group.State == GroupState.Broken)
            _queue.Add(_now + Between(Second / 1000, Second / 100), WorldEventKind.WorkerBroken, worker, stamp: group.Generation);
        else if (group.Joined == group.Members.Length)
            _queue.Add(_now + Between(Second / 200, Second / 2), WorldEventKind.GroupForms, group, stamp: group.Version);
    }

    void FormGroup(SimulatedGroup group, long version)
    {
        if (group.Version != version || group.State != GroupState.Connecting || group.Members.Any(member => member!.Group != group || member.Frozen || member.Stalled))
            return;
        CheckForming(group);
        var step = group.Members.Max(static member => member!.Step);
        var restored = step < 0 && group.Run.Stored > 0 ? DigestOf(group.Run, group.Run.Stored) : null;
        (group.BaseStep, group.Since, group.State) = (step < 0 ? group.Run.Stored : step, _now, GroupState.Training);
        foreach (var member in group.Members)
        {
            member!.Step = group.BaseStep;
            SendUp(member.Node, new GenerationFormed(member.Name, group.Generation, group.BaseStep, 0, restored));
        }
        ScheduleStep(group);
    }

    static string DigestOf(SimulatedRun run, long step) => $"{run.Name}/{step}";

    void ScheduleStep(SimulatedGroup group)
    {
        group.Version++;
        if (group.State != GroupState.Training || group.Held > 0)
            return;
        var step = group.StepAt(_now);
        var target = Math.Min(group.Limit, (step / group.Run.CheckpointEvery + 1) * group.Run.CheckpointEvery);
        if (group.BoundaryAsked)
            target = Math.Min(target, step + 1);
        _queue.Add(Math.Max(_now, group.Since + (target - group.BaseStep) * group.StepTime), WorldEventKind.GroupStep, group, stamp: group.Version);
    }

    void ReachStep(SimulatedGroup group, long version)
    {
        if (group.Version != version || group.State != GroupState.Training || group.Held > 0)
            return;
        var step = group.StepAt(_now);
        if (step >= group.Limit)
        {
            Complete(group, step);
            return;
        }
        if (step % group.Run.CheckpointEvery == 0)
            _queue.Add(_now + Between(Second, 20 * Second), WorldEventKind.Uploaded, group.Members[0], group.Generation, step);
        if (!group.BoundaryAsked)
        {
            ScheduleStep(group);
            return;
        }
        (group.State, group.BaseStep, group.BoundaryAsked) = (GroupState.Boundary, step, false);
        group.Version++;
        foreach (var member in group.Members)
        {
            (member!.Step, member.PhaseSince) = (step, _now);
            SendUp(member.Node, new AtBoundary(member.Name, group.Generation, step));
        }
    }

    // The last step is applied, or a loss is not finite.
    void Complete(SimulatedGroup group, long step)
    {
        var run = group.Run;
        group.State = GroupState.Broken;
        group.BaseStep = step;
        group.Version++;
        if (run.DivergesAt > 0 && step >= run.DivergesAt)
        {
            var finder = group.Members[_random.Next(group.Members.Length)]!;
            SendUp(finder.Node, new WorkerEnded(finder.Name, group.Generation, WorkerOutcome.Diverged, step, $"the loss of step {step + 1} is not finite", null));
            _queue.Add(_now + Second, WorldEventKind.WorkerGone, finder);
            return;
        }
        run.Stored = step;
        SendUp(group.Members[0]!.Node, new CheckpointWritten(group.Members[0]!.Name, group.Generation, step, DigestOf(run, step), 1));
        foreach (var member in group.Members)
        {
            member!.Step = step;
            SendUp(member.Node, new WorkerEnded(member.Name, group.Generation, WorkerOutcome.Finished, step, "", DigestOf(run, step)));
            _queue.Add(_now + Between(Second / 20, Second), WorldEventKind.WorkerGone, member);
        }
    }

    void Uploaded(SimulatedWorker worker, long generation, long step)
    {
        if (worker.State == ProcessState.Gone || worker.Frozen)
            return;
        worker.Run.Stored = Math.Max(worker.Run.Stored, step);
        SendUp(worker.Node, new CheckpointWritten(worker.Name, generation, step, DigestOf(worker.Run, step), 5));
    }

    // Some of the members may have applied the step in flight, others not: the exchange was over for them.
    void Break(SimulatedGroup group)
    {
        if (group.State is GroupState.Broken or GroupState.Boundary)
            return;
        var training = group.State == GroupState.Training;
        var step = group.StepAt(_now);
        (group.State, group.BaseStep) = (GroupState.Broken, step);
        group.Version++;
        foreach (var member in group.Members)
        {
            if (member is null || member.Group != group)
                continue;
            if (training)
                member.Step = step + (group.Held == 0 && step + 1 < group.Limit ? _random.Next(2) : 0);
            if (!member.Stalled)
                member.PhaseSince = _now;
            _queue.Add(_now + Between(Second / 1000, Second / 100), WorldEventKind.WorkerBroken, member, stamp: group.Generation);
        }
    }

    void SayBroken(SimulatedWorker worker, long generation)
    {
        if (worker.State != ProcessState.Grouped || worker.Frozen || worker.Stalled || worker.Group is not { State: GroupState.Broken } group || group.Generation != generation)
            return;
        SendUp(worker.Node, new ExchangeBroken(worker.Name, generation, Math.Max(0, worker.Step), -1, "a connection was shut"));
    }

    void Part(SimulatedWorker worker)
    {
        if (worker.Group is not { } group)
            return;
        if (group.State == GroupState.Training)
            worker.Step = group.StepAt(_now);
        worker.Group = null;
        Break(group);
    }

    void Leave(SimulatedWorker worker, bool snapshot, string reason)
    {
        var first = worker.Group?.Members.FirstOrDefault(member => member?.Group == worker.Group) == worker;
        Part(worker);
        if (snapshot && first && worker.Step >= 0)
        {
            worker.Run.Stored = Math.Max(worker.Run.Stored, worker.Step);
            SendUp(worker.Node, new CheckpointWritten(worker.Name, worker.Generation, worker.Step, DigestOf(worker.Run, worker.Step), 2));
        }
        SendUp(worker.Node, new WorkerEnded(worker.Name, worker.Generation, WorkerOutcome.Stopped, Math.Max(0, worker.Step), reason, null));
        _queue.Add(_now + Between(Second / 10, 2 * Second), WorldEventKind.WorkerGone, worker);
    }

    void Gone(SimulatedWorker worker, int code)
    {
        if (worker.State == ProcessState.Gone)
            return;
        Part(worker);
        worker.State = ProcessState.Gone;
        if (worker.Run.Group is { State: GroupState.Connecting } forming && forming.Members.Contains(worker))
            forming.Doomed = true;
        worker.Node.Workers[worker.Slot] = null;
        _workers.Remove(worker.Name);
        worker.Run.Processes--;
        _busy += _now - worker.StartedAt;
        SendUp(worker.Node, new WorkerExited(worker.Name, code, code == 0 ? "" : $"ended with code {code}"));
    }

    void EndEvaluation(SimulatedNode node, string evaluation, bool stopped)
    {
        var slot = Array.IndexOf(node.Evaluations, evaluation);
        if (slot < 0)
        {
            if (stopped)
                SendUp(node, new EvaluationEnded(evaluation, false, "it was over already"));
            return;
        }
        node.Evaluations[slot] = null;
        var failed = !stopped && _random.NextDouble() < 0.1;
        if (failed)
            _report.Fault("evaluation fails");
        SendUp(node, new EvaluationEnded(evaluation, !stopped && !failed, stopped ? "stopped" : failed ? "out of memory" : ""));
    }
}
