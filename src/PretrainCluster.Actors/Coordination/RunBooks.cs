using PretrainCluster.Core.Coordination;
using PretrainCluster.Core.Coordination.Ledger;
using PretrainCluster.Core.Coordination.Messages;
using PretrainCluster.Training.Runs;

namespace PretrainCluster.Actors.Coordination;

/// <summary>The books of all runs that are under way: finds the one that a message, an order or an entry belongs to.</summary>
/// <param name="runs">folder that holds the runs</param>
/// <param name="observe">makes the observer of a run</param>
/// <param name="warn">told of a run that cannot be kept; it trains all the same</param>
sealed class RunBooks(string runs, Func<string, IRunObserver> observe, TimeProvider clock, Action<string> warn) : IDisposable
{
    readonly Dictionary<string, string> _plans = [];
    readonly Dictionary<string, RunBook> _open = [];
    readonly Dictionary<string, string> _runOfWorker = [];
    readonly Dictionary<string, string> _runOfEvaluation = [];

    /// <summary>Opens the books of the runs that a coordinator before this one left unfinished.</summary>
    public void Continue(IEnumerable<LedgerEntry> ledger)
    {
        foreach (var entry in ledger)
        {
            switch (entry)
            {
                case RunSubmitted submitted:
                    _plans[submitted.Run] = submitted.Plan;
                    break;
                case RunEnded ended:
                    _plans.Remove(ended.Run);
                    break;
                case GenerationBegun begun:
                    foreach (var member in begun.Members)
                        _runOfWorker[member.Worker] = begun.Run;
                    break;
            }
        }
        foreach (var run in _plans.Keys)
            Open(run);
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
            _plans[run] = submitted.Plan;
            Open(run);
        }
        Find(run)?.Keep(entry);
    }

    public void Note(Record record) => Find(record.Run)?.Note(record);

    /// <summary>Closes the books of which nothing more is to be expected; between events, because an event's last line follows what completes a run.</summary>
    public void CloseComplete()
    {
        foreach (var run in _open.Where(entry => entry.Value.IsComplete).Select(entry => entry.Key).ToList())
            Close(run);
    }

    public void Dispose()
    {
        foreach (var book in _open.Values)
            book.Dispose();
        _open.Clear();
    }

    string? RunOf(LedgerEntry entry)
    {
        switch (entry)
        {
            case EvaluationPlanned planned:
                return _runOfEvaluation[planned.Evaluation] = planned.Run;
            case EvaluationDone done:
                return _runOfEvaluation.Remove(done.Evaluation, out var run) ? run : null;
            default:
                return entry switch
                {
                    RunSubmitted e => e.Run,
                    TargetScaled e => e.Run,
                    RunPaused e => e.Run,
                    RunResumed e => e.Run,
                    CancelRequested e => e.Run,
                    GenerationBegun e => e.Run,
                    WorkerRemoved e => e.Run,
                    CheckpointCommitted e => e.Run,
                    RunEnded e => e.Run,
                    _ => null,
                };
        }
    }

    RunBook? Find(string run) => _open.GetValueOrDefault(run);

    RunBook? OfWorker(string worker) => _runOfWorker.TryGetValue(worker, out var run) ? Find(run) : null;

    void Open(string run)
    {
        try
        {
            _open[run] = RunBook.Open(run, _plans[run], runs, observe(run), clock);
        }
        catch (Exception failure) when (failure is Core.InputException or IOException or UnauthorizedAccessException)
        {
            warn($"{run} goes on without a record of it: {failure.Message}");
        }
    }

    void Close(string run)
    {
        if (_open.Remove(run, out var book))
            book.Dispose();
    }
}
