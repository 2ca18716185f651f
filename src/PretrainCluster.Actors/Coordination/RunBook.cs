using PretrainCluster.Core;
using PretrainCluster.Core.Coordination;
using PretrainCluster.Core.Coordination.Ledger;
using PretrainCluster.Core.Coordination.Messages;
using PretrainCluster.Core.Plans;
using PretrainCluster.Hosting.Hosts;
using PretrainCluster.Skeletons.Datasets;
using PretrainCluster.Training.Runs;

namespace PretrainCluster.Actors.Coordination;

/// <summary>Keeps the folder of one run, and holds it for this coordinator until the run has ended.</summary>
sealed class RunBook : IDisposable
{
    readonly RunRecorder _recorder;
    readonly RunLock _lock;
    readonly HashSet<string> _workers = [];
    int _evaluating;
    bool _ended;

    RunBook(RunRecorder recorder, RunLock runLock) => (_recorder, _lock) = (recorder, runLock);

    /// <summary>Whether nothing more is to be expected of the run.</summary>
    public bool IsComplete => _ended && _evaluating == 0 && _workers.Count == 0;

    /// <exception cref="InputException">The plan and its dataset do not fit, the folder holds a run of another plan, or somebody works on it.</exception>
    public static RunBook Open(string run, string plan, string runs, IRunObserver observer, TimeProvider clock)
    {
        var (folder, facts) = Check(run, plan, runs);
        Directory.CreateDirectory(folder.Path);
        var runLock = RunLock.Acquire(folder.Path, HostFile.Describe(folder.Path));
        try
        {
            return new RunBook(new RunRecorder(facts, folder, observer, clock), runLock);
        }
        catch
        {
            runLock.Dispose();
            throw;
        }
    }

    /// <summary>Whether a run can be kept here, before anybody accepts it.</summary>
    /// <exception cref="InputException">As for <see cref="Open"/>, but for who works on it.</exception>
    public static (RunFolder Folder, RunFacts Facts) Check(string run, string plan, string runs)
    {
        var folder = RunFolder.At(runs, run);
        var parsed = PlanText.Parse(plan);
        using var dataset = SkeletonDataset.Open(parsed.Data.Dataset);
        var facts = RunFacts.Of(parsed, dataset);
        RunRecorder.CheckSamePlan(folder, facts);
        return (folder, facts);
    }

    public void Hear(Message message)
    {
        _recorder.Hear(message);
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
        _recorder.Order(order);
        if (order is StartWorker start)
            _workers.Add(start.Worker);
    }

    public void Keep(LedgerEntry entry)
    {
        _recorder.Keep(entry);
        switch (entry)
        {
            case EvaluationPlanned:
                _evaluating++;
                break;
            case EvaluationDone:
                _evaluating--;
                break;
            case RunEnded:
                _ended = true;
                // Evaluations hold the folder themselves.
                _lock.Dispose();
                break;
        }
    }

    public void Note(Record record) => _recorder.Note(record);

    public void Dispose()
    {
        _recorder.Dispose();
        _lock.Dispose();
    }
}
