using PretrainCluster.Learning.Objectives;
using PretrainCluster.Training.Batches;

namespace PretrainCluster.Hosting.Hosts;

/// <summary>What a plan and its dataset say of a run before anything is computed.</summary>
/// <param name="Steps">of the whole run</param>
/// <param name="Batch">clips of a step, of the first stage where there are several</param>
/// <param name="Parameters">of the largest stage</param>
public sealed record RunFacts(Plan Plan, string DatasetSha256, long Steps, int Batch, long Parameters)
{
    /// <summary>Null where the plan has no stages.</summary>
    public IReadOnlyList<StageInfo>? Stages { get; init; }

    /// <exception cref="InputException">The plan and the dataset do not fit.</exception>
    public static RunFacts Of(Plan plan, SkeletonDataset dataset)
    {
        var stages = new RunStages(plan, dataset);
        return new RunFacts(plan, dataset.Digest, stages.Steps, stages.First.Set.Order.Batch, stages.All.Max(ParametersOf))
        {
            Stages = plan.Stages.Count == 0 ? null
                : [.. stages.All.Select(stage => new StageInfo(stage.Index + 1, stage.Name!, stage.First + 1, stage.End, stage.Plan.Training.Epochs, stage.Set.Order.Batch))],
        };

        static long ParametersOf(RunStage stage) =>
            ModelSize.Of(stage.Plan.Objective, stage.Plan.Encoder, stage.Set.Clip).Parameters;
    }
}
