using System.Globalization;
using PretrainCluster.Core.Coordination.Messages;
using PretrainCluster.Learning.Evaluation;
using PretrainCluster.Training.Runs;

namespace PretrainCluster.Actors.Coordination;

/// <summary>A run's events as plain lines.</summary>
sealed class RunLines(Action<string> say) : IRunObserver
{
    public void Event(RunEvent runEvent) => say(string.Create(CultureInfo.InvariantCulture, $"{runEvent.Kind.ToString().ToLowerInvariant()}: {runEvent.Message}"));

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
