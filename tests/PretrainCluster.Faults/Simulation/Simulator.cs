using System.Diagnostics;
using PretrainCluster.Core.Coordination;
using PretrainCluster.Core.Coordination.Ledger;
using PretrainCluster.Core.Coordination.Messages;
using PretrainCluster.Core.Plans;
using PretrainCluster.Core.Sampling;

namespace PretrainCluster.Faults.Simulation;

/// <summary>
/// The coordinator that trains real runs, in a world of simulated nodes, workers, links and a ledger, on simulated time. Everything is drawn from one seed, so
/// a run of it can be repeated to the same event. After every event what was ordered is held against what is so; every few thousand, everything.
/// </summary>
public sealed partial class Simulator
{
    const long Second = 1_000_000;
    const long Minute = 60 * Second;
    const long Hour = 60 * Minute;
    static readonly DateTimeOffset s_start = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    readonly SimulationOptions _options;
    readonly SimulationReport _report = new();
    readonly EventQueue _queue = new();
    readonly List<LedgerEntry> _ledger = [];
    readonly SimulatedNode[] _nodes;
    readonly SimulatedRun[] _runs;
    readonly Dictionary<string, SimulatedRun> _runsByName = new(StringComparer.Ordinal);
    readonly Dictionary<string, SimulatedWorker> _workers = new(StringComparer.Ordinal);
    readonly Dictionary<string, Plan> _plans = new(StringComparer.Ordinal);
    readonly Dictionary<Type, string> _commandNames = [];
    readonly CoordinatorOptions _coordinatorOptions;
    readonly long _end;
    CounterRandom _random;
    Coordinator? _coordinator;
    Coordinator? _stale;
    bool _dying;
    long _downtime;
    long _deaths;
    long _coordinatorSince;
    long _now;
    long _tickAt = long.MaxValue;
    long _busy;
    long _heartbeats;

    public Simulator(SimulationOptions options)
    {
        _options = options;
        _end = (long)(options.Hours * Hour);
        _random = new(options.Seed, RandomPurpose.Evaluation, 7);
        _coordinatorOptions = new() { NewSecret = () => BitConverter.GetBytes(_random.NextUInt64()), ReadPlan = Read, Grace = TimeSpan.FromSeconds(5) };
        var nodes = (options.Workers + options.SlotsPerNode - 1) / options.SlotsPerNode;
        _nodes = [.. Enumerable.Range(0, nodes).Select(NodeOf)];
        _runs = MakeRuns();
    }

    /// <summary>Simulates to the end, or to the first violation, which the report then holds.</summary>
    public SimulationReport Run()
    {
        var watch = Stopwatch.StartNew();
        Begin();
        try
        {
            while (_queue.TryTake(out var next, out var at) && at <= _end)
            {
                _now = at;
                Happen(next);
            }
            CheckAll();
        }
        catch (InvariantViolation violation)
        {
            _report.Violation = violation;
        }
        _report.Elapsed = watch.Elapsed;
        Conclude();
        return _report;
    }

    void Begin()
    {
        foreach (var node in _nodes)
            _queue.Add(Between(0, 2 * Second), WorldEventKind.Announce, node);
        foreach (var run in _runs)
            _queue.Add(IsEarly(run.Index) ? Between(3 * Second, Minute) : Between(Minute, _end), WorldEventKind.Submit, run);
        Scatter(_options.Stalls, WorldEventKind.Stall);
        Scatter(_options.Stragglers, WorldEventKind.Straggler);
        Scatter(_options.NodeLosses, WorldEventKind.NodeFault);
        Scatter(_options.UserActions, WorldEventKind.UserAction);
        // Far enough apart that one is over before the next: a death of the dead is none.
        var deaths = Math.Max(1, _options.CoordinatorDeaths);
        for (var i = 0; i < _options.CoordinatorDeaths; i++)
            _queue.Add(_end / deaths * i + Between(_end / deaths / 20, _end / deaths / 4), WorldEventKind.CoordinatorDies);
        TakeOver();
    }

    void Scatter(int count, WorldEventKind kind)
    {
        for (var i = 0; i < count; i++)
            _queue.Add(Between(_end / 50, _end - _end / 50), kind);
    }

    void Happen(WorldEvent next)
    {
        switch (next.Kind)
        {
            case WorldEventKind.Report:
                ReportAlive((SimulatedWorker)next.Target!);
                break;
            case WorldEventKind.ToCoordinator:
                Deliver((SimulatedNode)next.Target!, (Message)next.Detail!);
                break;
            case WorldEventKind.ToAgent:
                var (order, sender) = ((Message, Coordinator))next.Detail!;
                Carry((SimulatedNode)next.Target!, order, sender);
                break;
            case WorldEventKind.Tick when next.Stamp == _tickAt:
                _tickAt = long.MaxValue;
                if (_coordinator is { } coordinator)
                    Handle(coordinator, new Tick(At), "Tick");
                break;
            case WorldEventKind.WorkerReady:
                BecomeReady((SimulatedWorker)next.Target!);
                break;
            case WorldEventKind.WorkerBroken:
                SayBroken((SimulatedWorker)next.Target!, next.Stamp);
                break;
            case WorldEventKind.WorkerGone:
                Gone((SimulatedWorker)next.Target!, (int)next.Stamp);
                break;
            case WorldEventKind.GroupForms:
                FormGroup((SimulatedGroup)next.Target!, next.Stamp);
                break;
            case WorldEventKind.GroupStep:
                ReachStep((SimulatedGroup)next.Target!, next.Stamp);
                break;
            case WorldEventKind.Uploaded:
                Uploaded((SimulatedWorker)next.Target!, next.Stamp, (long)next.Detail!);
                break;
            case WorldEventKind.EvaluationEnds:
                EndEvaluation((SimulatedNode)next.Target!, (string)next.Detail!, stopped: next.Stamp == 1);
                break;
            case WorldEventKind.Announce:
                Announce((SimulatedNode)next.Target!);
                break;
            case WorldEventKind.Submit:
                Submit((SimulatedRun)next.Target!);
                break;
            default:
                Fail(next);
                break;
        }
    }

    DateTimeOffset At => s_start.AddTicks(_now * 10);

    void Handle(Coordinator coordinator, CoordinatorEvent e, string kind)
    {
        _report.Events++;
        if (!ReferenceEquals(kind, nameof(Heartbeat)))
            _report.Event(kind);
        var commands = coordinator.Handle(e);
        if (commands.Count > 0)
            Execute(coordinator, PlantBug(coordinator, commands));
        if (coordinator == _coordinator)
            SetTick();
        if (_report.Events % _options.GlobalCheckEvery == 0)
            CheckAll();
    }

    void SetTick()
    {
        if (_coordinator?.NextDue is not { } due)
            return;
        var at = Math.Max(_now, ((due - s_start).Ticks + 9) / 10);
        if (at < _tickAt)
            _queue.Add(_tickAt = at, WorldEventKind.Tick, stamp: at);
    }

    void Execute(Coordinator coordinator, IReadOnlyList<CoordinatorCommand> commands)
    {
        // One that dies does so between two of its commands: an entry may stand in the ledger whose orders nobody gets.
        var reach = commands.Count;
        if (_dying && coordinator == _coordinator)
            reach = _random.Next(commands.Count + 1);
        BeginList();
        for (var i = 0; i < reach; i++)
        {
            var command = commands[i];
            SimulationReport.Add(_report.CommandsByKind, NameOf(command), 1);
            switch (command)
            {
                case Append { Entry: var entry }:
                    if (coordinator != _coordinator && entry.Number <= _ledger.Count)
                    {
                        _report.Fault("stale coordinator refused by the ledger");
                        _stale = null;
                        return;
                    }
                    CheckEntry(entry);
                    _ledger.Add(entry);
                    break;
                case ToAgent { Node: var node, Order: var order }:
                    if (order is StartWorker start)
                        CheckStart(start);
                    SendDown(Find(node), order, coordinator);
                    break;
                case ToWorker { Node: var node, Order: var order }:
                    if (order is JoinGeneration join && coordinator == _coordinator)
                        CheckJoin(join);
                    SendDown(Find(node), order, coordinator);
                    break;
                case Reply { Message: Refused refused }:
                    SimulationReport.Add(_report.CommandsByKind, "Reply: refused", 1);
                    CheckRefusal(refused);
                    break;
            }
        }
        if (_dying && coordinator == _coordinator)
            Die();
        else if (coordinator == _coordinator)
            EndList(coordinator);
    }

    string NameOf(CoordinatorCommand command)
    {
        var type = command switch
        {
            Append append => append.Entry.GetType(),
            ToAgent order => order.Order.GetType(),
            ToWorker order => order.Order.GetType(),
            _ => command.GetType(),
        };
        if (!_commandNames.TryGetValue(type, out var name))
            _commandNames.Add(type, name = command is Append ? $"Append {type.Name}" : type.Name);
        return name;
    }

    SimulatedNode Find(string node) => _nodes[int.Parse(node.AsSpan(1))];

    void SendUp(SimulatedNode node, Message message)
    {
        if (!node.CutOff)
            _queue.Add(node.LastUp = Math.Max(node.LastUp, _now + Delay()), WorldEventKind.ToCoordinator, node, message);
    }

    void SendDown(SimulatedNode node, Message order, Coordinator sender)
    {
        if (!node.CutOff)
            _queue.Add(node.LastDown = Math.Max(node.LastDown, _now + Delay()), WorldEventKind.ToAgent, node, (order, sender));
    }

    void Deliver(SimulatedNode node, Message message)
    {
        var coordinator = node.Coordinator;
        if (node.CutOff || coordinator is null || coordinator != _coordinator && coordinator != _stale)
            return;
        if (message is WorkerMessage said)
            Handle(coordinator, new FromWorker(At, node.Name, said), said.GetType().Name);
        else
            Handle(coordinator, new FromAgent(At, node.Name, (AgentMessage)message), message.GetType().Name);
    }

    long Delay() => Between(Second / 1000, Second / 50);

    long Between(long least, long most) => least + (long)(_random.NextDouble() * (most - least));

    Plan Read(string text)
    {
        if (!_plans.TryGetValue(text, out var plan))
            _plans.Add(text, plan = PlanText.Parse(text, PlanKinds.None));
        return plan;
    }

    void Conclude()
    {
        _report.Event(nameof(Heartbeat), _heartbeats);
        _report.Simulated = TimeSpan.FromMicroseconds(_now);
        _report.LedgerEntries = _ledger.Count;
        foreach (var worker in _workers.Values)
            _busy += _now - worker.StartedAt;
        _report.Busy = _now > 0 ? (double)_busy / _now / (_nodes.Length * _options.SlotsPerNode) : 0;
        foreach (var run in _runs)
            SimulationReport.Add(_report.RunsByEnd, run.End ?? (run.Submitted ? run.Processes > 0 ? "under way" : "waiting" : "not submitted"), 1);
    }
}
