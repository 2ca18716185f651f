using PretrainCluster.Core.Coordination;
using PretrainCluster.Core.Coordination.Messages;

namespace PretrainCluster.Faults.Simulation;

public sealed partial class Simulator
{
    const long Absence = 900 * Second;

    void Fail(WorldEvent next)
    {
        switch (next.Kind)
        {
            case WorldEventKind.WorkerFault:
                FailWorker((SimulatedWorker)next.Target!);
                break;
            case WorldEventKind.Thaw:
                Thaw((SimulatedWorker)next.Target!);
                break;
            case WorldEventKind.Stall:
                Stall();
                break;
            case WorldEventKind.Straggler:
                if (PickTraining() is { } slow)
                {
                    slow.Slow = true;
                    _report.Fault("straggler");
                }
                break;
            case WorldEventKind.NodeFault:
                FailNode();
                break;
            case WorldEventKind.NodeLostSeen:
                if (_coordinator is { } coordinator && next.Target is SimulatedNode { CutOff: true } lost)
                    Handle(coordinator, new NodeLost(At, lost.Name, "no word from its agent"), nameof(NodeLost));
                break;
            case WorldEventKind.NodeBack:
                Return((SimulatedNode)next.Target!, next.Stamp);
                break;
            case WorldEventKind.UserAction:
                Act();
                break;
            case WorldEventKind.Resume:
                Ask(new ResumeRun(((SimulatedRun)next.Target!).Name));
                break;
            case WorldEventKind.CoordinatorDies:
                BeginDeath();
                break;
            case WorldEventKind.CoordinatorBack when _coordinator is null:
                TakeOver();
                break;
            case WorldEventKind.AbsenceOver when _coordinator is null && next.Stamp == _deaths:
                EndOrphans();
                break;
        }
    }

    void ScheduleFault(SimulatedWorker worker)
    {
        var life = (long)(-Math.Log(1 - _random.NextDouble()) * _options.WorkerLife * Hour);
        if (_now + life <= _end)
            _queue.Add(_now + life, WorldEventKind.WorkerFault, worker);
    }

    void FailWorker(SimulatedWorker worker)
    {
        if (worker.State == ProcessState.Gone || worker.Frozen)
            return;
        var draw = _random.NextDouble();
        if (draw < 0.60)
        {
            _report.Fault("worker killed");
            Gone(worker, -9);
        }
        else if (draw < 0.72)
        {
            _report.Fault("worker fails and says so");
            SendUp(worker.Node, new WorkerEnded(worker.Name, worker.Generation, WorkerOutcome.Failed, Math.Max(0, worker.Step), "no space left on device", null));
            Part(worker);
            _queue.Add(_now + Second, WorldEventKind.WorkerGone, worker, stamp: 1);
        }
        else if (draw < 0.82)
        {
            _report.Fault("worker stopped for good");
            Freeze(worker);
        }
        else if (draw < 0.90)
        {
            _report.Fault("worker stopped and continued");
            Freeze(worker);
            _queue.Add(_now + Between(Second, 4 * Minute), WorldEventKind.Thaw, worker);
            ScheduleFault(worker);
        }
        else if (draw < 0.95)
        {
            _report.Fault("worker takes too much memory");
            worker.Leaks = true;
            ScheduleFault(worker);
        }
        else
        {
            _report.Fault("worker leaves");
            Leave(worker, snapshot: false, "SIGTERM");
        }
    }

    void Freeze(SimulatedWorker worker)
    {
        worker.Frozen = true;
        Hold(worker);
    }

    void Hold(SimulatedWorker worker)
    {
        worker.PhaseSince = _now;
        if (worker.Group is not { State: GroupState.Training } group)
            return;
        group.BaseStep = group.StepAt(_now);
        group.Since = _now;
        group.Held++;
        group.Version++;
        foreach (var member in group.Members)
        {
            if (!member!.Stalled)
                member.PhaseSince = _now;
        }
    }

    void Thaw(SimulatedWorker worker)
    {
        if (worker.State == ProcessState.Gone)
            return;
        worker.Frozen = false;
        if (worker.State == ProcessState.Starting)
            BecomeReady(worker);
        var group = worker.Group;
        if (group is { State: GroupState.Training, Held: > 0 } && --group.Held == 0)
        {
            group.Since = _now;
            ScheduleStep(group);
        }
        else if (group is { State: GroupState.Connecting } && group.Joined == group.Members.Length)
        {
            _queue.Add(_now + Second / 100, WorldEventKind.GroupForms, group, stamp: group.Version);
        }
        else if (group is { State: GroupState.Broken })
        {
            SayBroken(worker, group.Generation);
        }
        foreach (var order in Interlocked.Exchange(ref worker.Waiting, null) ?? [])
            Obey(worker, order);
    }

    void Stall()
    {
        if (PickTraining() is not { } worker)
            return;
        _report.Fault("training thread stalls");
        worker.Stalled = true;
        Hold(worker);
    }

    SimulatedWorker? PickTraining()
    {
        for (var attempt = 0; attempt < 1000; attempt++)
        {
            var node = _nodes[_random.Next(_nodes.Length)];
            if (node.Workers[_random.Next(node.Workers.Length)] is { Stalled: false, Frozen: false, Group: { State: GroupState.Training, Held: 0 } } worker)
                return worker;
        }
        return null;
    }

    void FailNode()
    {
        var node = _nodes[_random.Next(_nodes.Length)];
        if (node.CutOff)
            return;
        node.CutOff = true;
        var power = _random.Next(2) == 0;
        _report.Fault(power ? "node loses power" : "node cut off");
        foreach (var worker in node.Workers)
        {
            if (power && worker is not null)
                Gone(worker, -9);
            else if (worker?.Group is { } group && group.Members.Any(member => member?.Node != node))
                Break(group);
        }
        if (power)
            Array.Clear(node.Evaluations);
        var away = Between(3 * Minute, 30 * Minute);
        _queue.Add(_now + Between(Second, 10 * Second), WorldEventKind.NodeLostSeen, node);
        _queue.Add(_now + away, WorldEventKind.NodeBack, node, stamp: away);
    }

    void Return(SimulatedNode node, long away)
    {
        if (away > Absence)
        {
            foreach (var worker in node.Workers)
            {
                if (worker is not null)
                    Gone(worker, 0);
            }
        }
        node.CutOff = false;
        Announce(node);
    }

    void Submit(SimulatedRun run)
    {
        if (_coordinator is null)
        {
            _queue.Add(_now + Minute, WorldEventKind.Submit, run);
            return;
        }
        // One whose coordinator died with the request on its desk is submitted again; a second time does no harm.
        Ask(new SubmitRun(run.Name, run.Plan, run.Priority));
        if (!run.Submitted)
            _queue.Add(_now + Minute, WorldEventKind.Submit, run);
    }

    void Act()
    {
        var run = _runs[_random.Next(_runs.Length)];
        if (!run.Submitted)
            return;
        var draw = _random.NextDouble();
        if (run.End is not null)
        {
            if (run.End != "finished" && !run.Refused && run.DivergesAt == 0)
                Act("run submitted again", new SubmitRun(run.Name, run.Plan, run.Priority));
        }
        else if (draw < 0.6)
        {
            Act("run scaled", new ScaleRun(run.Name, run.Min + _random.Next(run.Max - run.Min + 1)));
        }
        else if (draw < 0.85)
        {
            Act("run paused", new PauseRun(run.Name));
            _queue.Add(_now + Between(5 * Minute, Hour), WorldEventKind.Resume, run);
        }
        else
        {
            Act("run cancelled", new CancelRun(run.Name, "not needed any more"));
        }
    }

    static readonly User s_operator = new("operator", Role.Operator);

    void Act(string kind, UserRequest request)
    {
        if (_coordinator is null)
            return;
        _report.Fault(kind);
        Ask(request);
    }

    void Ask(UserRequest request)
    {
        if (_coordinator is { } coordinator)
            Handle(coordinator, new FromUser(At, "request", request, s_operator), request.GetType().Name);
        else if (request is ResumeRun resume)
            _queue.Add(_now + Minute, WorldEventKind.Resume, _runsByName[resume.Run]);
    }

    void BeginDeath()
    {
        if (_coordinator is null)
            return;
        var draw = _random.NextDouble();
        if (draw < 0.2)
        {
            _report.Fault("coordinator superseded while it runs on");
            _stale = _coordinator;
            TakeOver();
            return;
        }
        _downtime = draw < 0.26 ? Absence + Between(Minute, 5 * Minute) : Between(Second, Minute);
        _report.Fault(_downtime > Absence ? "coordinator dies for longer than the absence" : "coordinator dies");
        _dying = true;
    }

    void Die()
    {
        _dying = false;
        _coordinator = null;
        _deaths++;
        _tickAt = long.MaxValue;
        _queue.Add(_now + _downtime, WorldEventKind.CoordinatorBack);
        if (_downtime > Absence)
            _queue.Add(_now + Absence, WorldEventKind.AbsenceOver, stamp: _deaths);
    }

    void TakeOver()
    {
        _coordinator = new(_coordinatorOptions, [.. _ledger], At);
        _coordinatorSince = _now;
        _tickAt = long.MaxValue;
        Handle(_coordinator, new Tick(At), "Tick");
        foreach (var node in _nodes)
            _queue.Add(_now + (_random.NextDouble() < 0.02 ? Between(4 * Second, 30 * Second) : Between(0, 4 * Second)), WorldEventKind.Announce, node);
    }

    // Nobody came back in time: every group writes a checkpoint and ends.
    void EndOrphans()
    {
        foreach (var run in _runs)
        {
            if (run.Group is { State: GroupState.Training } group)
                run.Stored = Math.Max(run.Stored, group.StepAt(_now));
        }
        foreach (var node in _nodes)
        {
            foreach (var worker in node.Workers)
            {
                if (worker is { Frozen: false })
                    Gone(worker, 0);
            }
        }
    }
}
