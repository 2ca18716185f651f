using PretrainCluster.Learning.Evaluation;

namespace PretrainCluster.Training.Runs;

/// <summary>Sees a run as it happens: the terminal view is one. Calls come one at a time, from the training thread or from the evaluation's.</summary>
public interface IRunObserver
{
    /// <summary>A stage begins, e.g. "pretraining", "linear, random weights".</summary>
    /// <param name="run">null where an encoder without a run is evaluated</param>
    void Stage(string name, RunInfo? run);

    void Step(StepMetrics metrics, RunInfo run);

    void Event(RunEvent runEvent);

    void Evaluated(EvaluationResult result);

    /// <summary>The monitor has measured a checkpoint.</summary>
    void Monitored(MonitorMetrics metrics)
    {
    }

    /// <summary>Where the run and its workers stand, about twice a second while it has any.</summary>
    void Status(RunStatusView status);
}
