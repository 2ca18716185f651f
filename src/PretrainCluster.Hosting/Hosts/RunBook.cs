namespace PretrainCluster.Hosting.Hosts;

/// <summary>Keeps the folder of one run through its recorder, and knows what is still to be expected of the run.</summary>
public sealed class RunBook(RunRecorder recorder) : IRunBook, IDisposable
{
    readonly HashSet<string> _workers = [];
    readonly HashSet<string> _evaluations = [];

    public RunRecorder Recorder => recorder;

    /// <summary>How it ended; null while it is under way.</summary>
    public RunEnded? Ended { get; private set; }

    /// <summary>Whether an evaluation is planned or under way.</summary>
    public bool IsEvaluating => _evaluations.Count > 0;

    /// <summary>Whether nothing more is to be expected.</summary>
    public bool IsComplete => Ended is not null && !IsEvaluating && _workers.Count == 0 && !(Ended.End == RunEnd.Finished && recorder.IsMonitoring);

    /// <summary>What a coordinator before this one has written; where it had no time to record the end that stands there, that is done now.</summary>
    public void Continue(IReadOnlyList<LedgerEntry> ledger)
    {
        foreach (var entry in ledger)
            Follow(entry);
        if (Ended is { } ended && recorder.WasUnderWay)
            recorder.Keep(ended);
    }

    public void Hear(Message message)
    {
        recorder.Hear(message);
        switch (message)
        {
            case WorkerReady ready:
                _workers.Add(ready.Worker);
                break;
            case WorkerExited exited:
                _workers.Remove(exited.Worker);
                break;
        }
    }

    public void Order(AgentOrder order)
    {
        recorder.Order(order);
        if (order is StartWorker start)
            _workers.Add(start.Worker);
    }

    public void Keep(LedgerEntry entry)
    {
        if (entry is not RunSubmitted)
            recorder.Keep(entry);
        Follow(entry);
    }

    public void Note(Record record) => recorder.Note(record);

    public void Dispose() => recorder.Dispose();

    void Follow(LedgerEntry entry)
    {
        switch (entry)
        {
            case RunSubmitted submitted:
                Ended = null;
                recorder.Keep(submitted);
                break;
            case EvaluationPlanned planned:
                _evaluations.Add(planned.Evaluation);
                break;
            case EvaluationDone done:
                _evaluations.Remove(done.Evaluation);
                break;
            case RunEnded ended:
                Ended = ended;
                break;
        }
    }
}

/// <summary>Keeps what there is to tell of runs, of one or of many.</summary>
public interface IRunBook
{
    /// <summary>What a coordinator before this one has written into the ledger.</summary>
    void Continue(IReadOnlyList<LedgerEntry> ledger);

    /// <summary>What a worker or an agent says.</summary>
    void Hear(Message message);

    /// <summary>An order that is given to an agent.</summary>
    void Order(AgentOrder order);

    /// <summary>A fact that the ledger has taken.</summary>
    void Keep(LedgerEntry entry);

    /// <summary>A line of the coordinator's for the log.</summary>
    void Note(Record record);
}

/// <summary>The books of all runs that are under way: finds the one that a message, an order or an entry belongs to. Holds a run's folder until the run has ended.</summary>
/// <param name="runs">folder that holds the runs</param>
/// <param name="kinds">that plans may name</param>
/// <param name="observe">makes the observer of a run</param>
/// <param name="warn">told of a run that cannot be kept, which trains all the same, and of what is about no run</param>
public sealed class RunBooks(string runs, PlanKinds kinds, Func<string, IRunObserver> observe, TimeProvider clock, Action<string> warn) : IRunBook, IDisposable
{
    readonly Dictionary<string, (RunBook Book, RunLock Lock)> _open = [];
    readonly Dictionary<string, string> _runOfWorker = [];
    readonly Dictionary<string, string> _runOfEvaluation = [];

    /// <summary>Whether a run can be kept here, before anybody accepts it.</summary>
    /// <exception cref="InputException">The plan and its dataset do not fit, or the folder holds a run of another plan.</exception>
    public static (RunFolder Folder, RunFacts Facts) Check(string run, string plan, string runs, PlanKinds kinds)
    {
        var folder = RunFolder.At(runs, run);
        var parsed = PlanText.Parse(plan, kinds);
        using var dataset = SkeletonDataset.Open(parsed.Data.Dataset);
        var facts = RunFacts.Of(parsed, dataset);
        RunRecorder.CheckSamePlan(folder, facts);
        return (folder, facts);
    }

    /// <summary>Opens the books of the runs that a coordinator before this one left under way, or whose end it had no time to record.</summary>
    public void Continue(IReadOnlyList<LedgerEntry> ledger)
    {
        foreach (var run in ledger.Select(entry => (Entry: entry, Run: RunOf(entry))).Where(about => about.Run is not null).GroupBy(about => about.Run!, about => about.Entry))
        {
            foreach (var member in run.OfType<GenerationBegun>().SelectMany(begun => begun.Members))
                _runOfWorker[member.Worker] = run.Key;
            if (run.Last(entry => entry is RunSubmitted or RunEnded) is RunEnded && !IsRecordedAsUnderWay(run.Key))
                continue;
            Open(run.Key, run.OfType<RunSubmitted>().Last().Plan)?.Continue([.. run]);
            ReleaseIfEnded(run.Key);
        }
    }

    public void Hear(Message message)
    {
        switch (message)
        {
            case NodeAnnounced announced:
                foreach (var running in announced.Workers)
                    _runOfWorker[running.Worker] = running.Run;
                foreach (var book in announced.Workers.Select(w => w.Run).Distinct().Select(Find))
                    book?.Hear(announced);
                break;
            case WorkerReady ready:
                _runOfWorker[ready.Worker] = ready.Run;
                Find(ready.Run)?.Hear(ready);
                break;
            case WorkerMessage said:
                OfWorker(said.Worker)?.Hear(said);
                break;
            case WorkerExited exited:
                OfWorker(exited.Worker)?.Hear(exited);
                _runOfWorker.Remove(exited.Worker);
                break;
        }
    }

    public void Order(AgentOrder order)
    {
        if (order is not StartWorker start)
            return;
        _runOfWorker[start.Worker] = start.Run;
        Find(start.Run)?.Order(order);
    }

    public void Keep(LedgerEntry entry)
    {
        if (RunOf(entry) is not { } run)
            return;
        if (entry is RunSubmitted submitted)
        {
            Close(run);
            Open(run, submitted.Plan);
        }
        Find(run)?.Keep(entry);
        ReleaseIfEnded(run);
    }

    public void Note(Record record)
    {
        if (record.Run.Length == 0)
            warn(record.Text);
        else
            Find(record.Run)?.Note(record);
    }

    /// <summary>Closes the books of which nothing more is to be expected; between events, because an event's last line follows what completes a run.</summary>
    public void CloseComplete()
    {
        foreach (var (book, _) in _open.Values)
            book.Recorder.TakeMonitored();
        foreach (var run in _open.Where(entry => entry.Value.Book.IsComplete).Select(entry => entry.Key).ToList())
            Close(run);
    }

    public void Dispose()
    {
        foreach (var run in _open.Keys.ToList())
            Close(run);
    }

    bool IsRecordedAsUnderWay(string run)
    {
        try
        {
            var folder = RunFolder.At(runs, run);
            return folder.Exists && folder.ReadInfo().Status == RunStatus.Running;
        }
        catch (Exception failure) when (failure is InputException or IOException or UnauthorizedAccessException)
        {
            warn($"whether {run} is recorded as ended cannot be read: {failure.Message}");
            return false;
        }
    }

    // Evaluations hold the folder themselves.
    void ReleaseIfEnded(string run)
    {
        if (_open.TryGetValue(run, out var open) && open.Book.Ended is not null)
            open.Lock.Dispose();
    }

    string? RunOf(LedgerEntry entry) => entry switch
    {
        RunSubmitted e => e.Run,
        TargetScaled e => e.Run,
        RunPaused e => e.Run,
        RunResumed e => e.Run,
        CancelRequested e => e.Run,
        GenerationBegun e => e.Run,
        WorkerRemoved e => e.Run,
        CheckpointCommitted e => e.Run,
        EvaluationPlanned e => _runOfEvaluation[e.Evaluation] = e.Run,
        EvaluationDone e => _runOfEvaluation.Remove(e.Evaluation, out var run) ? run : null,
        RunEnded e => e.Run,
        _ => null,
    };

    RunBook? Find(string run) => _open.TryGetValue(run, out var open) ? open.Book : null;

    RunBook? OfWorker(string worker) => _runOfWorker.TryGetValue(worker, out var run) ? Find(run) : null;

    RunBook? Open(string run, string plan)
    {
        RunLock? runLock = null;
        try
        {
            var (folder, facts) = Check(run, plan, runs, kinds);
            Directory.CreateDirectory(folder.Path);
            runLock = RunLock.Acquire(folder.Path, HostFile.Describe(folder.Path));
            var book = new RunBook(new RunRecorder(facts, folder, observe(run), clock));
            _open[run] = (book, runLock);
            return book;
        }
        catch (Exception failure) when (failure is InputException or IOException or UnauthorizedAccessException)
        {
            runLock?.Dispose();
            warn($"{run} goes on without a record of it: {failure.Message}");
            return null;
        }
    }

    void Close(string run)
    {
        if (!_open.Remove(run, out var open))
            return;
        open.Book.Dispose();
        open.Lock.Dispose();
    }
}
