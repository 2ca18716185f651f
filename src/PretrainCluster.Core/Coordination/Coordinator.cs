namespace PretrainCluster.Core.Coordination;

/// <summary>
/// Decides which workers carry which run: events in, commands out. It does no I/O, has no clock and no threads; a shell hands it events one at a time
/// and carries out what it returns, in order. Its durable facts are the ledger's entries, from which a fresh one continues (docs/coordination.md).
/// </summary>
public sealed partial class Coordinator
{
    /// <summary>Version of the messages; a node that speaks another is not used.</summary>
    public const int Protocol = 2;

    readonly CoordinatorOptions _options;
    readonly Dictionary<string, Run> _runs = new(StringComparer.Ordinal);
    readonly Dictionary<string, Worker> _workers = new(StringComparer.Ordinal);
    readonly Dictionary<string, Node> _nodes = new(StringComparer.Ordinal);
    readonly Dictionary<string, Slot> _strays = new(StringComparer.Ordinal);
    readonly Dictionary<string, DeviceClass> _classes = new(StringComparer.Ordinal);
    readonly Dictionary<string, Evaluation> _evaluations = new(StringComparer.Ordinal);
    readonly Timers _timers = new();
    List<CoordinatorCommand> _commands = [];
    DateTimeOffset _at;
    long _now;
    long _number;
    long _epoch;
    long _workerCount;
    long _silenceFloor;
    bool _adopting;
    bool _placementDue;

    /// <param name="ledger">all entries, by number</param>
    /// <exception cref="InvalidDataException">The ledger has gaps, or names runs that it does not have.</exception>
    public Coordinator(CoordinatorOptions options, IReadOnlyList<LedgerEntry> ledger, DateTimeOffset now)
    {
        _options = options;
        _at = now;
        _now = now.UtcTicks;
        Replay(ledger);
    }

    /// <summary>When a <see cref="Tick"/> is needed at the latest; null where none is.</summary>
    public DateTimeOffset? NextDue => _epoch == 0 ? _at : _timers.NextDue is { } due ? new DateTimeOffset(due, TimeSpan.Zero) : null;

    /// <summary>Takes an event and says what is to be done.</summary>
    public IReadOnlyList<CoordinatorCommand> Handle(CoordinatorEvent e)
    {
        Advance(e.At);
        switch (e)
        {
            case FromWorker { Message: var message, Node: var node }:
                OnWorker(node, message);
                break;
            case FromAgent { Message: var message, Node: var node }:
                OnAgent(node, message);
                break;
            case FromUser { Message: var message, Request: var request, By: var user }:
                OnUser(request, message, user);
                break;
            case NodeLost lost:
                OnNodeLost(lost.Node, lost.Reason);
                break;
            case Tick:
                OnTick();
                break;
        }
        if (_placementDue && !_adopting)
            Place();
        if (_commands.Count == 0)
            return [];
        var commands = _commands;
        _commands = [];
        return commands;
    }

    void Advance(DateTimeOffset at)
    {
        if (at.UtcTicks > _now)
        {
            _at = at;
            _now = at.UtcTicks;
        }
        if (_epoch > 0)
            return;
        _epoch = NextNumber;
        Write(new CoordinatorStarted(NextNumber, _at));
    }

    long NextNumber => _number + 1;

    void Write(LedgerEntry entry)
    {
        _number = entry.Number;
        _commands.Add(new Append(entry));
    }

    void Tell(Worker worker, WorkerOrder order) => _commands.Add(new ToWorker(worker.Slot.Node.Name, order));

    void Tell(Node node, AgentOrder order) => _commands.Add(new ToAgent(node.Name, order));

    void Note(Run run, RecordKind kind, string text, string? by = null) =>
        _commands.Add(new Record(run.Name, kind, text, run.Step, by));

    static long Ticks(double seconds) => (long)(seconds * TimeSpan.TicksPerSecond);
}
