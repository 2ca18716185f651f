using PretrainCluster.Actors.Logging;
using PretrainCluster.Learning.Evaluation;
using PretrainCluster.Training.Runs;

namespace PretrainCluster.Actors.Coordination;

/// <summary>A run's events as lines of the node's log.</summary>
sealed class RunLines(ILogger log, string run) : IRunObserver
{
    public void Event(RunEvent runEvent) =>
        log.RunEvent(
            run, runEvent.Kind.ToString().ToLowerInvariant(), runEvent.Message,
            runEvent.By is { } by ? $" (by {by})" : "");

    public void Stage(string name, RunInfo? run)
    {
    }

    public void Step(StepMetrics metrics, RunInfo run)
    {
    }

    public void Evaluated(EvaluationResult result)
    {
    }

    public void Status(RunStatusView status)
    {
    }
}
