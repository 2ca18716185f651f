namespace PretrainCluster.Hosting.Agents;

/// <summary>
/// One node's worker processes: starts them, links them with the coordinator, sees their ends, and ends those that it is told to. It knows nothing of how
/// it reaches the coordinator, and decides nothing. Workers outlive it: the agent that follows finds them on disk, and they find it at the same socket.
/// </summary>
public sealed class NodeAgent : IControlSink, IDisposable
{
    static readonly TimeSpan s_watch = TimeSpan.FromMilliseconds(50);
    const int RoundsPerInspection = 20;

    readonly NodeOptions _options;
    readonly Action<Message> _report;
    readonly Action<User, UserRequest, Action<UserReply>> _ask;
    readonly IEvaluations _evaluations;
    readonly Dictionary<string, NodeWorker> _workers = [];
    readonly Lock _gate = new();
    readonly CancellationTokenSource _closing = new();
    readonly AgentAddress _address;
    ControlListener? _listener;
    Thread? _watcher;
    bool _withdrawn, _closed;

    /// <param name="report">told what agent and workers say, one call at a time</param>
    /// <param name="ask">told what users of this machine ask; the last argument answers</param>
    public NodeAgent(
        NodeOptions options, IEvaluations evaluations, Action<Message> report,
        Action<User, UserRequest, Action<UserReply>> ask)
    {
        (_options, _evaluations, _report, _ask) = (options, evaluations, report, ask);
        _address = AgentAddress.Of(options.Folder);
    }

    /// <summary>Finds the workers that an agent before this one left, announces the node, and listens.</summary>
    /// <param name="runs">folders of the runs that workers may be left of, or what stands for them (<see cref="NodeOptions.WorkerFolder"/>)</param>
    public void Start(IEnumerable<string> runs)
    {
        lock (_gate)
        {
            foreach (var folder in runs)
                Adopt(new WorkerFiles(folder));
            Announce();
        }
        _listener = ControlListener.OfAgent(_address, this);
        _watcher = new Thread(Watch) { IsBackground = true, Name = "worker watch" };
        _watcher.Start();
    }

    /// <summary>Says again what this node is and what runs on it, as a new coordinator must hear.</summary>
    public void Announce()
    {
        lock (_gate)
            _report(new NodeAnnounced(_options.Node, MessageKinds.Protocol, _withdrawn ? [] : _options.Slots, [.. _workers.Values.Select(w => new RunningWorker(w.Name, w.Record.Run, w.Record.Slot, w.Ready))], _evaluations.Running));
    }

    // As after a start: a worker whose link is shut opens another at once, and begins it with what it is and what may have got lost. Whatever is still
    // on its way on the old link comes on the new one once more, and in its place.
    void Introduce()
    {
        lock (_gate)
        {
            foreach (var worker in _workers.Values)
            {
                worker.Link?.Dispose();
                (worker.Link, worker.Ready) = (null, null);
            }
            Announce();
            if (_listener is null && !_closed)
                _listener = ControlListener.OfAgent(_address, this);
        }
    }

    /// <summary>
    /// There is no coordinator that could be reached: shuts the workers' links, so that they know, and count the plan's coordinator_absence, until
    /// <see cref="IntroduceNode"/> is carried.
    /// </summary>
    public void Isolate()
    {
        ControlListener? listener;
        lock (_gate)
            (listener, _listener) = (_listener, null);
        listener?.Dispose();
    }

    /// <summary>Offers no slot any more: the coordinator lets the workers here leave at the next step boundary, and others take their ranks.</summary>
    public void Withdraw()
    {
        lock (_gate)
        {
            _withdrawn = true;
            Announce();
        }
    }

    public void Carry(AgentOrder order)
    {
        switch (order)
        {
            case IntroduceNode:
                Introduce();
                break;
            case StartWorker start:
                StartProcess(start);
                break;
            case KillWorker kill:
                Kill(kill.Worker, kill.Reason);
                break;
            case StartEvaluation start:
                _evaluations.Start(start, ended => Report(ended));
                break;
            case StopEvaluation stop:
                _evaluations.Stop(stop);
                break;
        }
    }

    /// <summary>Hands an order to a worker; one for a worker that is not linked is lost, as its process is, or about to announce itself anew.</summary>
    public void Forward(WorkerOrder order)
    {
        lock (_gate)
            _workers.GetValueOrDefault(order.Worker)?.Link?.Send(order);
    }

    /// <summary>Whether no worker process is left.</summary>
    public bool IsIdle
    {
        get
        {
            lock (_gate)
                return _workers.Count == 0;
        }
    }

    /// <summary>Ends every worker process at once.</summary>
    public void KillAll(string reason)
    {
        lock (_gate)
        {
            foreach (var worker in _workers.Values)
                Kill(worker.Name, reason);
        }
    }

    /// <summary>As <see cref="Dispose"/>, where no agent is to follow: what would lead the workers to it goes too.</summary>
    public void Close()
    {
        Dispose();
        File.Delete(_address.TokenFile);
    }

    /// <summary>Stops listening and watching; workers go on.</summary>
    public void Dispose()
    {
        lock (_gate)
        {
            if (_closed)
                return;
            _closed = true;
        }
        _closing.Cancel();
        _listener?.Dispose();
        _watcher?.Join();
        _closing.Dispose();
    }

    void IControlSink.Opened(ControlConnection link)
    {
        if (link.Greeting.Role != LinkRole.Worker)
            return;
        lock (_gate)
        {
            if (_workers.GetValueOrDefault(link.Greeting.Name) is { } worker)
                worker.Link = link;
            else
                link.Dispose();
        }
    }

    void IControlSink.Received(ControlConnection link, Message message)
    {
        switch (message)
        {
            case UserRequest request when link.Greeting.Role == LinkRole.User:
                _ask(link.User, request, link.Send);
                break;
            case WorkerMessage said when link.Greeting.Role == LinkRole.Worker && said.Worker == link.Greeting.Name:
                Hear(link, said);
                break;
            default:
                throw new MessageFormatException($"{message.GetType().Name} is not for {link.Greeting.Name} to send");
        }
    }

    void IControlSink.Closed(ControlConnection link)
    {
        lock (_gate)
        {
            if (_workers.GetValueOrDefault(link.Greeting.Name) is { } worker && worker.Link == link)
                worker.Link = null;
        }
    }

    void Hear(ControlConnection link, WorkerMessage said)
    {
        lock (_gate)
        {
            if (_workers.GetValueOrDefault(said.Worker) is not { } worker || worker.Link != link)
                return;
            if (said is WorkerReady ready)
                worker.Ready = ready;
            if (said is WorkerEnded ended)
                worker.Ended = ended;
            _report(said);
        }
    }

    void StartProcess(StartWorker order)
    {
        var files = new WorkerFiles((_options.WorkerFolder ?? _options.RunFolder)(order.Run));
        try
        {
            var slot = _withdrawn ? null : _options.Slots.FirstOrDefault(s => s.Slot == order.Slot);
            if (slot is null)
                throw new IOException($"there is no slot {order.Slot} on {_options.Node}");
            var arguments = new WorkerArguments(
                _address.Socket, _address.TokenFile, order.Worker, order.Slot, slot.Device,
                files.WritePlan(order.Worker, order.Plan), _options.RunFolder(order.Run), _options.Address,
                _options.Certificate)
            {
                Extensions = _options.Extensions,
            };
            var memory = PlanText.Parse(order.Plan, PlanKinds.None).Workers.MemoryMib;
            lock (_gate)
            {
                var process = WorkerProcess.Start(_options.Program, arguments, files.Log(order.Worker));
                var record = new ProcessRecord(order.Run, order.Slot, process.Id, ProcessFacts.Read(process.Id)?.Started ?? 0, memory);
                try
                {
                    files.WriteProcess(order.Worker, record);
                }
                catch
                {
                    // The disk is full: one that no agent would find again must not live.
                    process.Kill();
                    process.Dispose();
                    throw;
                }
                _workers.Add(order.Worker, new NodeWorker(order.Worker, record, files, process));
                process.EnableRaisingEvents = true;
                process.Exited += (_, _) => Ended(order.Worker, WorkerProcess.ExitCode(process));
            }
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            Report(new WorkerExited(order.Worker, 1, failure.Message));
        }
    }

    void Kill(string name, string reason)
    {
        lock (_gate)
        {
            if (_workers.GetValueOrDefault(name) is not { } worker)
            {
                _report(new WorkerExited(name, WorkerProcess.Killed, $"{reason}; it was gone already"));
                return;
            }
            worker.Killed ??= reason;
            if (worker.Facts is not null)
                Signals.Kill(worker.Record.ProcessId);
        }
    }

    void Ended(string name, int code)
    {
        lock (_gate)
        {
            // Once closed it sees nothing more: what is left is for the agent that follows.
            if (_closed || !_workers.Remove(name, out var worker))
                return;
            worker.Link?.Dispose();
            var reason = worker.Killed ?? (code == 0 ? "" : worker.Files.LastLine(name)) switch
            {
                "" => worker.Child is null && code > 0 ? "its process is gone" : WorkerProcess.Describe(code),
                var line => $"{WorkerProcess.Describe(code)}: {line}",
            };
            worker.Files.Forget(name);
            worker.Child?.Dispose();
            _report(new WorkerExited(name, code, reason));
        }
    }

    void Report(Message message)
    {
        lock (_gate)
            _report(message);
    }

    void Adopt(WorkerFiles files)
    {
        foreach (var (name, record) in files.Processes())
        {
            var worker = new NodeWorker(name, record, files, null);
            if (worker.Facts is null)
                files.Forget(name);
            else
                _workers[name] = worker;
        }
    }

    /// <summary>The ends of adopted workers come to no parent's notice, and memory to nobody's.</summary>
    void Watch()
    {
        for (var round = 1; !_closing.Token.WaitHandle.WaitOne(s_watch); round++)
        {
            NodeWorker[] workers;
            lock (_gate)
                workers = [.. _workers.Values];
            foreach (var worker in workers.Where(w => w.Child is null && w.Facts is null))
                Ended(worker.Name, CodeOfAdopted(worker));
            if (round % RoundsPerInspection == 0)
                Array.ForEach(workers, Inspect);
        }
    }

    /// <summary>Only a parent is told the code; what the worker said last stands for it.</summary>
    static int CodeOfAdopted(NodeWorker worker) =>
        worker.Killed is not null ? WorkerProcess.Killed : worker.Ended is { Outcome: WorkerOutcome.Finished or WorkerOutcome.Stopped } ? 0 : 1;

    void Inspect(NodeWorker worker)
    {
        worker.Files.Bound(worker.Name);
        var limit = worker.Record.MemoryMib;
        if (limit > 0 && worker.Facts is { } facts && facts.Memory >> 20 > limit)
            Kill(worker.Name, $"it keeps {facts.Memory >> 20} MiB in memory, workers.memory_mib allows {limit}");
    }
}

/// <summary>Evaluates checkpoints on a node, beside its workers.</summary>
public interface IEvaluations
{
    /// <summary>Begins an evaluation and returns at once.</summary>
    /// <param name="ended">told once, from any thread</param>
    void Start(StartEvaluation order, Action<EvaluationEnded> ended);

    /// <summary>Ends an evaluation before its time; it still reports its end.</summary>
    void Stop(StopEvaluation order);

    IReadOnlyList<RunningEvaluation> Running { get; }
}
