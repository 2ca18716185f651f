using PretrainCluster.Core;
using PretrainCluster.Core.Plans;
using PretrainCluster.Learning.Objectives;
using PretrainCluster.Skeletons.Datasets;
using PretrainCluster.Training.Batches;

namespace PretrainCluster.Hosting.Hosts;

/// <summary>What a plan and its dataset say of a run before anything is computed.</summary>
/// <param name="Steps">of the whole run</param>
/// <param name="Batch">clips of a step</param>
public sealed record RunFacts(Plan Plan, string DatasetSha256, long Steps, int Batch, long Parameters)
{
    /// <exception cref="InputException">The plan and the dataset do not fit.</exception>
    public static RunFacts Of(Plan plan, SkeletonDataset dataset)
    {
        var set = new TrainingSet(plan, dataset);
        var cost = ModelCost.Of(plan.Objective, plan.Encoder, set.Clip.Persons, set.Clip.Frames, set.Clip.Joints);
        return new RunFacts(plan, dataset.Digest, set.Steps, set.Order.Batch, cost.EncoderParameters + cost.HeadParameters);
    }
}
