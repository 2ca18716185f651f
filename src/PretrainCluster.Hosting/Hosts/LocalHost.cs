using System.Collections.Concurrent;
using System.Security.Cryptography;
using PretrainCluster.Artifacts.Files;
using PretrainCluster.Artifacts.Stores;
using PretrainCluster.Learning.Devices;
using PretrainCluster.Learning.Evaluation;
using PretrainCluster.Training.Checkpoints;

namespace PretrainCluster.Hosting.Hosts;

/// <summary>
/// One run on one machine: coordinator, node agent and ledger in this process, workers in processes of their own. One thread hands the coordinator its
/// events and carries out its commands. A host that is killed loses nothing: opened again, it reads the ledger and adopts the workers.
/// </summary>
public sealed class LocalHost : IDisposable
{
    /// <summary>The recorded reason of a run that its user stopped in order to go on later.</summary>
    public const string Interruption = "stopped on request";

    const string Node = "local";
    static readonly TimeSpan s_status = TimeSpan.FromMilliseconds(500);
    static readonly TimeSpan s_lastWorkers = TimeSpan.FromSeconds(30);

    readonly RunFacts _facts;
    readonly SkeletonDataset _dataset;
    readonly RunLock _lock;
    readonly IRunObserver _observer;
    readonly TimeProvider _clock;
    readonly NodeAgent _agent;
    readonly LocalEvaluations _evaluations;
    readonly BlockingCollection<HostInput> _inbox = [];

    LocalHost(RunFacts facts, RunFolder folder, SkeletonDataset dataset, RunLock runLock, WorkerProgram program, IReadOnlyList<string> extensions, IRunObserver observer, TimeProvider clock)
    {
        (_facts, Folder, _dataset, _lock, _observer, _clock) = (facts, folder, dataset, runLock, new SerialObserver(observer), clock);
        _evaluations = new LocalEvaluations(facts.Plan, dataset, folder, _observer, clock);
        var options = new NodeOptions { Node = Node, Folder = folder.Path, RunFolder = _ => folder.Path, Slots = NodeOptions.SlotsFor(facts.Plan.Workers), Program = program, Extensions = extensions };
        _agent = new NodeAgent(
            options, _evaluations, message => _inbox.Add(new Said(message)),
            (user, request, reply) => _inbox.Add(new Asked(request, user, reply)));
    }

    public RunFolder Folder { get; }

    public DatasetDescription Dataset => _dataset.Description;

    /// <param name="runs">folder that holds the runs</param>
    /// <param name="extensions">that the plan's kinds come from; the run keeps copies for its workers</param>
    /// <exception cref="InputException">The plan and its dataset do not fit, the folder holds a run of another plan, or somebody works on it.</exception>
    public static LocalHost Open(Plan plan, string runs, WorkerProgram program, IRunObserver observer, TimeProvider clock, IReadOnlyList<PlanExtension>? extensions = null)
    {
        var folder = RunFolder.At(runs, plan.Name);
        // Where the plan names the CPU there is nothing to check, and this process does without the tensor engine until it evaluates.
        if (plan.Workers.Device != "cpu")
            _ = ComputeDevice.Named(plan.Workers.Device);
        var dataset = SkeletonDataset.Open(plan.Data.Dataset);
        RunLock? runLock = null;
        try
        {
            var facts = RunFacts.Of(plan, dataset);
            RunRecorder.CheckSamePlan(folder, facts);
            Directory.CreateDirectory(folder.Path);
            runLock = RunLock.Acquire(folder.Path, HostFile.Describe(folder.Path));
            return new LocalHost(facts, folder, dataset, runLock, program, Keep(extensions ?? [], folder), observer, clock);
        }
        catch
        {
            runLock?.Dispose();
            dataset.Dispose();
            throw;
        }
    }

    // A file that is changed or removed while the run is under way must not change what a new worker computes.
    static string[] Keep(IReadOnlyList<PlanExtension> extensions, RunFolder folder)
    {
        var kept = new List<string>();
        foreach (var extension in extensions)
        {
            var copy = Path.Combine(Directory.CreateDirectory(folder.ExtensionsFolder).FullName, extension.Name);
            var bytes = File.ReadAllBytes(extension.File);
            if (Convert.ToHexStringLower(SHA256.HashData(bytes)) != extension.Sha256)
                throw new InputException($"{extension.File} was changed a moment ago; start the run again");
            AtomicFile.WriteAllBytes(copy, bytes);
            kept.Add(copy);
        }
        return [.. kept];
    }

    /// <summary>Carries the run to its end, finished or cancelled by a user, and returns it; returns at once where it is finished already.</summary>
    /// <param name="cancellation">stops it, to go on later</param>
    /// <exception cref="OperationCanceledException">Stopped on request; a checkpoint of the last applied step was written.</exception>
    /// <exception cref="RunFailedException">It cannot go on, e.g. because a loss was not finite.</exception>
    public RunInfo Train(CancellationToken cancellation)
    {
        if (Folder.Exists && Folder.ReadInfo() is { Status: RunStatus.Finished } finished)
            return finished;

        var ledger = new StoreLedger(Stores.Open(RunStore.LocationOf(_facts.Plan, Folder)), _clock, $"ledger/{_facts.Plan.Name}/");
        using var book = new RunBook(new RunRecorder(_facts, Folder, _observer, _clock));
        var driver = new CoordinatorDriver(ledger, book, Tell, _clock);
        _observer.Stage("pretraining", book.Recorder.Info);
        HostFile.Write(Folder.Path, _clock.GetUtcNow());
        using var stop = cancellation.Register(
            () => _inbox.Add(
            new Asked(new CancelRun(_facts.Plan.Name, Interruption), UserLink.OfThisMachine, _ => { })));
        try
        {
            _agent.Start([Folder.Path]);
            Submit(driver);
            Loop(driver, book, cancellation);
        }
        catch (Exception failure) when (failure is not LedgerSupersededException and not OperationCanceledException)
        {
            // Its workers would train on for the plan's coordinator_absence, and hold the machine while nobody waits for them.
            _agent.KillAll("the host failed");
            WaitForWorkers(book);
            TryRecord(book.Recorder, failure);
            throw;
        }
        finally
        {
            HostFile.Delete(Folder.Path);
        }
        WaitForWorkers(book);
        WaitForMonitor(book, cancellation);
        _agent.Close();
        // Of workers, and of hosts before this one, that were killed while they wrote.
        AtomicFile.DeleteOrphans(Folder.Path);
        return Result(book, cancellation);
    }

    /// <summary>The evaluations that the plan asks for, of the newest checkpoint; those that are there already are not computed again.</summary>
    public IReadOnlyList<EvaluationResult> Evaluate(CancellationToken cancellation) => _evaluations.Evaluate(cancellation);

    /// <summary>Ends the workers at once, as before the process itself ends at once.</summary>
    public void KillWorkers() => _agent.KillAll("the host was ended at once");

    public void Dispose()
    {
        _evaluations.Dispose();
        _agent.Dispose();
        _inbox.Dispose();
        _dataset.Dispose();
        _lock.Dispose();
    }

    void Submit(CoordinatorDriver driver)
    {
        var name = _facts.Plan.Name;
        driver.Ask(new SubmitRun(name, PlanText.Write(_facts.Plan), 0), UserLink.OfThisMachine, Accept);
        if (driver.StatusOf(name).State == "paused")
            driver.Ask(new ResumeRun(name), UserLink.OfThisMachine, Accept);

        static void Accept(UserReply reply)
        {
            if (reply is Refused refused)
                throw new InputException(refused.Reason);
        }
    }

    void Loop(CoordinatorDriver driver, RunBook book, CancellationToken cancellation)
    {
        var nextStatus = _clock.GetUtcNow();
        while (book.Ended is null || book.IsEvaluating && book.Ended.End == RunEnd.Finished)
        {
            if (book.Ended is not null)
                cancellation.ThrowIfCancellationRequested();
            var now = _clock.GetUtcNow();
            if (now >= nextStatus)
            {
                nextStatus = now + s_status;
                _observer.Status(driver.StatusOf(_facts.Plan.Name));
            }
            var due = driver.NextDue is { } next && next < nextStatus ? next : nextStatus;
            if (_inbox.TryTake(out var input, Milliseconds(due - now)))
                Take(driver, input);
            if (driver.NextDue <= _clock.GetUtcNow())
                driver.Tick();
        }
    }

    static void Take(CoordinatorDriver driver, HostInput input)
    {
        switch (input)
        {
            case Said { Message: WorkerMessage said }:
                driver.Hear(Node, said);
                break;
            case Said { Message: AgentMessage said }:
                driver.Hear(Node, said);
                break;
            case Asked asked:
                driver.Ask(asked.Request, asked.By, asked.Reply);
                break;
        }
    }

    void Tell(string node, Message message)
    {
        if (message is WorkerOrder toWorker)
            _agent.Forward(toWorker);
        else if (message is AgentOrder toAgent)
            _agent.Carry(toAgent);
    }

    void WaitForWorkers(RunBook book)
    {
        for (var started = _clock.GetTimestamp(); !_agent.IsIdle || _inbox.Count > 0;)
        {
            if (_inbox.TryTake(out var input, TimeSpan.FromMilliseconds(10)) && input is Said said)
                book.Hear(said.Message);
            if (_clock.GetElapsedTime(started) > s_lastWorkers)
                _agent.KillAll("it did not end with its run");
        }
    }

    static void WaitForMonitor(RunBook book, CancellationToken cancellation)
    {
        while (book.Ended?.End == RunEnd.Finished && book.Recorder.IsMonitoring && !cancellation.WaitHandle.WaitOne(TimeSpan.FromMilliseconds(50)))
            book.Recorder.TakeMonitored();
    }

    static RunInfo Result(RunBook book, CancellationToken cancellation) => book.Ended! switch
    {
        { End: RunEnd.Finished } => book.Recorder.Info,
        { End: RunEnd.Cancelled } when !cancellation.IsCancellationRequested => book.Recorder.Info,
        { End: RunEnd.Cancelled, Reason: var reason } => throw new OperationCanceledException(reason, cancellation),
        { Reason: var reason } when book.Recorder.LastOutcome == WorkerOutcome.Refused => throw new InputException(reason),
        { Reason: var reason } => throw new RunFailedException(reason),
    };

    /// <summary>The failure itself is what the caller must see, also where the disk that it filled takes no record of it.</summary>
    static void TryRecord(RunRecorder recorder, Exception failure)
    {
        try
        {
            recorder.Fail(failure.Message);
        }
        catch (IOException)
        {
            // There is nowhere left to write it.
        }
    }

    static int Milliseconds(TimeSpan wait) => (int)Math.Clamp(Math.Ceiling(wait.TotalMilliseconds), 0, 1000);

    abstract record HostInput;

    sealed record Said(Message Message) : HostInput;

    sealed record Asked(UserRequest Request, User By, Action<UserReply> Reply) : HostInput;
}

/// <summary>A run cannot go on; the message is its one recorded reason.</summary>
public sealed class RunFailedException(string reason) : Exception(reason);

/// <summary>One call at a time, from however many threads: a host sees to its workers while an evaluation computes.</summary>
sealed class SerialObserver(IRunObserver observer) : IRunObserver
{
    readonly Lock _gate = new();

    public void Stage(string name, RunInfo? run)
    {
        lock (_gate)
            observer.Stage(name, run);
    }

    public void Step(StepMetrics metrics, RunInfo run)
    {
        lock (_gate)
            observer.Step(metrics, run);
    }

    public void Event(RunEvent runEvent)
    {
        lock (_gate)
            observer.Event(runEvent);
    }

    public void Evaluated(EvaluationResult result)
    {
        lock (_gate)
            observer.Evaluated(result);
    }

    public void Monitored(MonitorMetrics metrics)
    {
        lock (_gate)
            observer.Monitored(metrics);
    }

    public void Status(RunStatusView status)
    {
        lock (_gate)
            observer.Status(status);
    }
}
