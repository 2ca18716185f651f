using System.Runtime.CompilerServices;
using PretrainCluster.Core.Coordination;
using PretrainCluster.Core.Coordination.Ledger;
using PretrainCluster.Core.Coordination.Messages;

namespace PretrainCluster.Faults.Simulation;

public sealed partial class Simulator
{
    static readonly long s_patience = 2 * Hour;

    readonly Dictionary<string, long> _free = new(StringComparer.Ordinal);
    readonly HashSet<long> _taken = [];
    readonly HashSet<string> _known = new(StringComparer.Ordinal);
    readonly HashSet<string> _names = new(StringComparer.Ordinal);
    readonly Dictionary<SimulatedRun, HashSet<string>> _starts = [];
    readonly Dictionary<SimulatedRun, int> _joins = [];
    readonly Dictionary<SimulatedRun, GenerationBegun> _begun = [];

    // One roster goes to all members; it is looked through once.
    IReadOnlyList<Member>? _roster;

    void Hold(bool isSo, [InterpolatedStringHandlerArgument(nameof(isSo))] ref BrokenText otherwise)
    {
        _report.LocalChecks++;
        if (!isSo)
            Violate(otherwise.ToString());
    }

    void Violate(string text) => throw new InvariantViolation(text) { Event = _report.Events, At = TimeSpan.FromMicroseconds(_now) };

    void BeginList()
    {
        _starts.Clear();
        _joins.Clear();
        _begun.Clear();
        _roster = null;
    }

    // What must hold of one list of commands as a whole.
    void EndList(Coordinator coordinator)
    {
        foreach (var (run, begun) in _begun)
            Hold(_joins.GetValueOrDefault(run) == begun.Members.Count, $"of the {begun.Members.Count} members of generation {begun.Generation} of {run.Name} {_joins.GetValueOrDefault(run)} are told to join");
        foreach (var (run, started) in _starts)
        {
            // As the coordinator sees it: processes may be gone whose word is still on its way.
            var others = coordinator.StatusOf(run.Name).Workers.Count(worker => worker.State != "ending" && !started.Contains(worker.Worker) && _names.Contains(worker.Worker));
            Hold(others > 0 || started.Count >= run.Min, $"{started.Count} workers are started for {run.Name}, which has none and needs {run.Min}: a gang is placed whole or not at all");
        }
    }

    void CheckEntry(LedgerEntry entry)
    {
        Hold(entry.Number == _ledger.Count + 1, $"entry {entry.Number} is written where {_ledger.Count + 1} is next");
        switch (entry)
        {
            case RunSubmitted submitted:
                var again = _runsByName[submitted.Run];
                Hold(!again.Submitted || again.End is "failed" or "cancelled", $"{again.Name} is submitted again while it is {again.End ?? "under way"}");
                again.Submitted = true;
                again.End = null;
                break;
            case GenerationBegun begun:
                var run = UnderWay(begun.Run, "begins a generation");
                Hold(begun.Generation == run.Generation + 1, $"generation {begun.Generation} of {run.Name} follows {run.Generation}");
                Hold(begun.Members.Count >= run.Min && begun.Members.Count <= run.Max, $"generation {begun.Generation} of {run.Name} has {begun.Members.Count} members, the plan allows {run.Min} to {run.Max}");
                run.Generation = begun.Generation;
                run.LedgerMembers.Clear();
                foreach (var member in begun.Members)
                {
                    Hold(run.LedgerMembers.Add(member.Worker), $"{member.Worker} is twice in generation {begun.Generation} of {run.Name}");
                    Hold(!_workers.TryGetValue(member.Worker, out var worker) || worker.Run == run, $"{member.Worker} works for another run than {run.Name}");
                }
                _begun[run] = begun;
                _joins[run] = 0;
                break;
            case CheckpointCommitted checkpoint:
                var written = UnderWay(checkpoint.Run, "commits a checkpoint");
                Hold(checkpoint.Step >= written.Committed, $"{written.Name} commits step {checkpoint.Step} after {written.Committed}");
                Hold(checkpoint.Digest == DigestOf(written, checkpoint.Step), $"{written.Name} commits {checkpoint.Digest} for step {checkpoint.Step}");
                written.Committed = checkpoint.Step;
                break;
            case RunEnded ended:
                var over = UnderWay(ended.Run, "ends");
                over.End = ended.End.ToString().ToLowerInvariant();
                Hold(ended.End != RunEnd.Finished || ended.Step == over.TotalSteps, $"{over.Name} finishes at step {ended.Step} of {over.TotalSteps}");
                Hold(ended.Reason.Length > 0, $"{over.Name} ends without a reason");
                break;
        }
    }

    SimulatedRun UnderWay(string name, string what)
    {
        var run = _runsByName[name];
        Hold(run is { Submitted: true, End: null }, $"{name} {what} while it is {run.End ?? "not submitted"}");
        return run;
    }

    void CheckStart(StartWorker start)
    {
        var run = UnderWay(start.Run, "starts a worker");
        Hold(_names.Add(start.Worker), $"the name {start.Worker} is used twice");
        if (!_starts.TryGetValue(run, out var started))
            _starts.Add(run, started = new(StringComparer.Ordinal));
        started.Add(start.Worker);
    }

    void CheckJoin(JoinGeneration join)
    {
        // A member may be gone whose word is still on its way.
        var run = _workers.TryGetValue(join.Worker, out var worker) ? worker.Run : _begun.FirstOrDefault(pair => pair.Value.Members.Any(member => member.Worker == join.Worker)).Key;
        if (run is null)
            return;
        Hold(join.Generation == run.Generation, $"{join.Worker} is told to join generation {join.Generation} of {run.Name}, the ledger has {run.Generation}");
        if (join.Members != _roster)
            Hold(run.LedgerMembers.SetEquals(join.Members.Select(static member => member.Worker)), $"{join.Worker} is told of other members of generation {join.Generation} than the ledger has");
        _roster = join.Members;
        Hold(run.LedgerMembers.Contains(join.Worker), $"{join.Worker} is told to join generation {join.Generation} of {run.Name}, and is no member of it");
        _joins[run] = _joins.GetValueOrDefault(run) + 1;
    }

    // What the agent finds when the order arrives.
    void CheckFree(SimulatedNode node, int slot, string process) =>
        Hold(node.Workers[slot] is null && node.Evaluations[slot] is null, $"{process} is to start on {node.Name}/cpu:{slot}, where {node.Workers[slot]?.Name ?? node.Evaluations[slot]} runs");

    void CheckForming(SimulatedGroup group)
    {
        Hold(group.Members.Select(static member => member!.Node.Arithmetic).Distinct().Count() == 1, $"generation {group.Generation} of {group.Run.Name} mixes arithmetic");
        group.Run.Arithmetic = group.Members[0]!.Node.Arithmetic;
        var previous = group.Run.Previous;
        if (previous?.State != GroupState.Training)
            return;
        foreach (var member in previous.Members)
            Hold(member!.Node.CutOff || member.Node.Coordinator != _coordinator, $"generations {previous.Generation} and {group.Generation} of {group.Run.Name} train side by side");
    }

    void CheckRefusal(Refused refused) =>
        Hold(refused.Reason.Contains("ended", StringComparison.Ordinal) || refused.Reason.Contains("ending", StringComparison.Ordinal), $"a user is refused: {refused.Reason}");

    // Everything the coordinator believes, against itself, the ledger and the world.
    void CheckAll()
    {
        if (_coordinator is not { } coordinator)
            return;
        _report.GlobalChecks++;
        var status = coordinator.Status(null);
        var taken = _taken;
        var names = _known;
        taken.Clear();
        names.Clear();
        var ranks = new HashSet<int>();
        RunStatusView? first = null;
        foreach (var view in status.Runs)
        {
            var run = _runsByName[view.Run];
            Check(view.State is "finished" or "cancelled" or "failed" ? view.State == run.End : run.End is null, $"{view.Run} is {view.State}, in the ledger {run.End ?? "under way"}");
            Check(view.Generation == run.Generation, $"{view.Run} is at generation {view.Generation}, in the ledger at {run.Generation}");
            ranks.Clear();
            foreach (var worker in view.Workers)
            {
                Check(names.Add(worker.Worker), $"{worker.Worker} is in two runs");
                Check(taken.Add(PlaceOf(worker.Node, worker.Slot)), $"{worker.Node}/{worker.Slot} has two workers");
                Check(worker.Rank < 0 || ranks.Add(worker.Rank), $"rank {worker.Rank} of {view.Run} is there twice");
            }
            Check(view.State != "training" || ranks.Count >= run.Min && ranks.Count <= run.Max, $"{view.Run} trains with {ranks.Count} workers, the plan allows {run.Min} to {run.Max}");
            CheckProgress(run, view);
            if (view.State == "queued" && (first is null || view.Priority > first.Priority))
                first = view;
        }
        _free.Clear();
        foreach (var node in status.Nodes)
        {
            foreach (var slot in node.FreeSlots)
                Check(!taken.Contains(PlaceOf(node.Node, slot)), $"{node.Node}/{slot} is free and has a worker");
            if (node.Reachable)
                SimulationReport.Add(_free, Find(node.Node).Arithmetic, node.FreeSlots.Count);
        }
        CheckQueue(first);
        CheckOrphans(names);
    }

    long PlaceOf(string node, string slot) => (long)Find(node).Index << 32 | (uint)SimulatedNode.SlotOf(slot);

    void Check(bool isSo, [InterpolatedStringHandlerArgument(nameof(isSo))] ref BrokenText otherwise)
    {
        if (!isSo)
            Violate(otherwise.ToString());
    }

    // A run that has workers gets on, whatever happens to some of them.
    void CheckProgress(SimulatedRun run, RunStatusView view)
    {
        var step = run.Group?.StepAt(_now) ?? 0;
        if (step != run.SeenStep || view.State is "queued" or "paused" or "finished" or "cancelled" or "failed" || _coordinatorSince == _now)
            (run.SeenStep, run.SeenAt) = (step, _now);
        run.SeenAt = Math.Max(run.SeenAt, _coordinatorSince);
        Check(_now - run.SeenAt < s_patience, $"{run.Name} is {view.State} ({view.Reason}) and has made no step since {TimeSpan.FromMicroseconds(run.SeenAt):d\\.hh\\:mm\\:ss}");
    }

    // The first of the queue gets its slots once there are enough of its arithmetic: twice as many, for those whose arithmetic is not known yet go by themselves.
    void CheckQueue(RunStatusView? first)
    {
        if (first is null)
            return;
        var run = _runsByName[first.Run];
        var free = run.Arithmetic is { } known ? _free.GetValueOrDefault(known) : _free.Values.DefaultIfEmpty().Max();
        run.QueuedChecks = free >= 2 * run.Min + 2 * _options.SlotsPerNode && _now - _coordinatorSince > 10 * Minute ? run.QueuedChecks + 1 : 0;
        Check(run.QueuedChecks < 100, $"{run.Name} is the first of the queue ({first.Reason}) and waits for {run.Min} slots while {free} are free");
    }

    // No process runs on that the coordinator does not know, once all have had the time to announce themselves.
    void CheckOrphans(HashSet<string> known)
    {
        if (_now - _coordinatorSince < 10 * Minute)
            return;
        foreach (var worker in _workers.Values)
        {
            if (worker.Node.CutOff || worker.Node.Coordinator != _coordinator || _now - worker.StartedAt < Minute || known.Contains(worker.Name))
            {
                worker.UnknownSince = 0;
                continue;
            }
            // The order to end it may be on its way.
            if (worker.UnknownSince == 0)
                worker.UnknownSince = _now;
            else if (_now - worker.UnknownSince > Minute)
                Violate($"{worker.Name} of {worker.Run.Name} runs on {worker.Node.Name} and the coordinator does not know it");
        }
    }

    // The bug that is planted strikes once, at the first list of commands from PlantFrom on that it can be put into.
    IReadOnlyList<CoordinatorCommand> PlantBug(Coordinator coordinator, IReadOnlyList<CoordinatorCommand> commands)
    {
        if (_options.Plant == PlantedBug.None || _report.Events < _options.PlantFrom || coordinator != _coordinator || _dying)
            return commands;
        var forged = commands.ToList();
        switch (_options.Plant)
        {
            case PlantedBug.JoinBeforeLedger when forged.FindIndex(IsJoin) is >= 0 and var join && forged.FindIndex(static command => command is Append { Entry: GenerationBegun }) is >= 0 and var entry:
                (forged[join], forged[entry]) = (forged[entry], forged[join]);
                break;
            case PlantedBug.OldGeneration when forged.FindIndex(IsJoin) is >= 0 and var old && forged[old] is ToWorker { Order: JoinGeneration { Generation: > 1 } order } sent:
                forged[old] = sent with { Order = order with { Generation = order.Generation - 1 } };
                break;
            case PlantedBug.SlotTwice when forged.FindIndex(IsStart) is >= 0 and var once && forged[once] is ToAgent { Order: StartWorker start } told:
                forged.Insert(once, told with { Order = start with { Worker = start.Worker + "-again" } });
                break;
            case PlantedBug.HalfGang when forged.Find(IsStart) is ToAgent { Order: StartWorker { Run: var gang } } && _runsByName[gang] is { Processes: 0, Min: > 1 } run:
                while (forged.Count(IsStart) >= run.Min)
                    forged.RemoveAt(forged.FindLastIndex(IsStart));
                break;
            case PlantedBug.SecondEnd when forged.Find(static command => command is Append { Entry: RunEnded }) is Append { Entry: RunEnded end }:
                forged.Add(new Append(end with { Number = _ledger.Count + forged.OfType<Append>().Count() + 1, Reason = "another reason" }));
                break;
            case PlantedBug.ForgottenMember when forged.FindLastIndex(IsJoin) is >= 0 and var last:
                forged.RemoveAt(last);
                break;
        }
        return forged;
    }

    static bool IsJoin(CoordinatorCommand command) => command is ToWorker { Order: JoinGeneration };

    static bool IsStart(CoordinatorCommand command) => command is ToAgent { Order: StartWorker };
}
