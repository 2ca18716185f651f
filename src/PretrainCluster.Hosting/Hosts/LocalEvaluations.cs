using PretrainCluster.Learning.Devices;
using PretrainCluster.Learning.Evaluation;
using PretrainCluster.Training.Evaluation;

namespace PretrainCluster.Hosting.Hosts;

/// <summary>Evaluates checkpoints of a run in the host's own process, one at a time, on a thread beside its loop.</summary>
sealed class LocalEvaluations(Plan plan, SkeletonDataset dataset, RunFolder folder, IRunObserver observer, TimeProvider clock) : IEvaluations, IDisposable
{
    readonly Lock _gate = new();
    readonly Dictionary<string, (RunningEvaluation Place, CancellationTokenSource Stop, Thread Thread)> _running = [];
    readonly Lock _computing = new();
    IReadOnlyList<EvaluationResult>? _newest;

    public IReadOnlyList<RunningEvaluation> Running
    {
        get
        {
            lock (_gate)
                return [.. _running.Values.Select(r => r.Place)];
        }
    }

    public void Start(StartEvaluation order, Action<EvaluationEnded> ended)
    {
        var stop = new CancellationTokenSource();
        var thread = new Thread(() => Carry(order, stop, ended)) { IsBackground = true, Name = "evaluation" };
        lock (_gate)
            _running[order.Evaluation] = (new RunningEvaluation(order.Evaluation, order.Slot), stop, thread);
        thread.Start();
    }

    public void Stop(StopEvaluation order)
    {
        lock (_gate)
        {
            if (_running.TryGetValue(order.Evaluation, out var running))
                running.Stop.Cancel();
        }
    }

    /// <summary>The evaluations that the plan asks for, of the newest checkpoint; none is computed that is there.</summary>
    public IReadOnlyList<EvaluationResult> Evaluate(CancellationToken cancellation)
    {
        lock (_computing)
            return plan.Evaluation.Protocols.Count == 0 ? [] : _newest ?? Compute(null, cancellation);
    }

    IReadOnlyList<EvaluationResult> Compute(long? step, CancellationToken cancellation)
    {
        lock (_computing)
        {
            var device = ComputeDevice.Named(plan.Workers.Device);
            var sources = new EncoderSource(plan, folder, step, null).WithStagesBefore();
            return _newest = new RunEvaluation(plan, dataset, folder, device, observer, clock).Run(sources, folder.ReadInfo(), cancellation);
        }
    }

    public void Dispose()
    {
        Thread[] threads;
        lock (_gate)
        {
            foreach (var running in _running.Values)
                running.Stop.Cancel();
            threads = [.. _running.Values.Select(r => r.Thread)];
        }
        foreach (var thread in threads)
            thread.Join();
    }

    void Carry(StartEvaluation order, CancellationTokenSource stop, Action<EvaluationEnded> ended)
    {
        string? failure = null;
        try
        {
            Compute(order.Step, stop.Token);
        }
        catch (OperationCanceledException)
        {
            failure = "it was stopped";
        }
        catch (Exception exception)
        {
            failure = exception.Message;
        }
        lock (_gate)
            _running.Remove(order.Evaluation);
        ended(new EvaluationEnded(order.Evaluation, failure is null, failure ?? ""));
    }
}
