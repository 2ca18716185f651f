using PretrainCluster.Core.Sampling;

namespace PretrainCluster.Core.Plans;

/// <summary>A plan's stages, each as a plan of its own that knows of no other.</summary>
public static class PlanStages
{
    /// <summary>
    /// Every stage with the parts that all share; of a plan without stages, itself. The first has the plan's seed, each later one a seed drawn from it, so that
    /// no two stages share an order, a view, a mask or a head.
    /// </summary>
    public static IReadOnlyList<Plan> Of(Plan plan) => plan.Stages.Count == 0 ? [plan]
        : [.. plan.Stages.Select((stage, i) => plan with { Stages = [], Seed = SeedOf(plan.Seed, i), View = stage.View ?? plan.View, Objective = stage.Objective, Training = stage.Training })];

    /// <summary>Workers that a run takes at most: a micro-batch is not divided, in no stage.</summary>
    public static int MostWorkers(this Plan plan) => Math.Min(plan.Workers.Max, FewestMicroBatches(plan));

    internal static int FewestMicroBatches(Plan plan) => Of(plan).Min(stage => stage.Training.Batch.MicroBatches);

    /// <summary>Where a key of a stage, e.g. "training.epochs", stands in the plan.</summary>
    internal static string PathOf(Plan plan, int stage, string key)
    {
        var isItsOwn = plan.Stages.Count > 0 && key.Split('.', '[')[0] switch
        {
            "objective" or "training" => true,
            "view" => plan.Stages[stage].View is not null,
            _ => false,
        };
        return isItsOwn ? $"stages[{stage}].{key}" : key;
    }

    static long SeedOf(long seed, int stage) => stage == 0 ? seed : (long)(new CounterRandom((ulong)seed, RandomPurpose.Stage, (ulong)stage).NextUInt64() >> 1);
}
