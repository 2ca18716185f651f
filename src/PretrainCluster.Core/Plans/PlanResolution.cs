namespace PretrainCluster.Core.Plans;

/// <summary>Puts a plan's defaults that depend on other keys in their place.</summary>
public static class PlanResolution
{
    /// <summary>The same plan with the published values of its augmentations and its objective spelled out.</summary>
    public static Plan Resolve(this Plan plan) => plan with
    {
        View = plan.View with { Augment = [.. plan.View.Augment.Select(AugmentationDefaults.Resolve)] },
        Objective = ObjectiveDefaults.Resolve(plan.Objective, plan.Encoder, plan.View.Frames),
    };
}
