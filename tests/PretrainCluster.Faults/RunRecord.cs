using PretrainCluster.Training.Runs;

namespace PretrainCluster.Faults;

/// <summary>What a run's folder says of its steps.</summary>
static class RunRecord
{
    /// <summary>The newest step that is recorded; 0 before there is one.</summary>
    public static long LastStep(this RunFolder run) => run.Exists && File.Exists(run.MetricsFile) && run.ReadMetrics() is [.., var last] ? last.Step : 0;

    /// <summary>Whether the steps from the first to the last are there, each once and in order.</summary>
    public static bool HasEachOnce(this IReadOnlyList<StepMetrics> steps, long last) =>
        steps.Count == last && steps.Select((step, index) => step.Step == index + 1).All(right => right);
}
