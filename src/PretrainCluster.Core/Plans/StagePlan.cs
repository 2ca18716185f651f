using System.ComponentModel;

namespace PretrainCluster.Core.Plans;

/// <summary>One of several stages of a run; it begins with the encoder that the stage before it left, and with everything else anew.</summary>
public sealed record StagePlan
{
    [Description("what the stage is called; letters, digits, '.', '-' and '_'"), DecidesNothing]
    public required string Name { get; init; }

    [Description("as `view` above, with the same number of frames and the same stream; by default the plan's own, which evaluations use in any case"), UnsetMeans("the plan's")]
    public ViewPlan? View { get; init; }

    [Description("as `objective` above")]
    public required ObjectivePlan Objective { get; init; }

    [Description("as `training` above")]
    public required TrainingPlan Training { get; init; }
}
