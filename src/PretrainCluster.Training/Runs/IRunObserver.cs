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

/// <summary>The loss or the gradient of a step is not a finite number; nothing was updated.</summary>
public sealed class NonFiniteLossException(long step, double loss, IReadOnlyList<string> samples, long? lastCheckpoint) : Exception(
    $"step {step}: the loss is {loss} and training stops here, weights untouched. " +
    $"The batch held {string.Join(", ", samples.Take(32))}{(samples.Count > 32 ? $" and {samples.Count - 32} more" : "")}. " +
    (lastCheckpoint is { } good ? $"The last good checkpoint is of step {good}. " : "There is no checkpoint before it. ") +
    "Look at these samples with `pretrain data inspect`, or lower training.optimizer.learning_rate, or set training.optimizer.clip_norm.")
{
    public long Step { get; } = step;

    /// <summary>Names of the clips of the global batch.</summary>
    public IReadOnlyList<string> Samples { get; } = samples;
}
