using PretrainCluster.Learning.Evaluation;

namespace PretrainCluster.Hosting.Hosts;

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
