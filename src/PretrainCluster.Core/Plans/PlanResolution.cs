namespace PretrainCluster.Core.Plans;

/// <summary>Puts a plan's defaults that depend on other keys in their place.</summary>
public static class PlanResolution
{
    /// <summary>The same plan with the values of its objective spelled out that follow from its encoder.</summary>
    public static Plan Resolve(this Plan plan)
    {
        List<StagePlan> stages = [.. plan.Stages.Select(stage => stage with { Objective = Resolve(stage.Objective, plan) })];
        return plan with
        {
            Objective = stages.Count > 0 ? stages[0].Objective : Resolve(plan.Objective, plan),
            Training = stages.Count > 0 ? stages[0].Training : plan.Training,
            Stages = stages,
        };
    }

    static ObjectivePlan Resolve(ObjectivePlan objective, Plan plan) => objective.Resolve(plan.Encoder, plan.View.Frames);
}
