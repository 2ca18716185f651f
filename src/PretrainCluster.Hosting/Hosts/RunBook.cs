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
