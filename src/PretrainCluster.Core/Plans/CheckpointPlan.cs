using System.ComponentModel;
using System.ComponentModel.DataAnnotations;

namespace PretrainCluster.Core.Plans;

/// <summary>When the run can be resumed from.</summary>
public sealed record CheckpointPlan
{
    [Description("steps between checkpoints; 0 stands for once an epoch"), Range(0, 1_000_000_000)]
    public int EverySteps { get; init; }

    [Description("newest checkpoints kept"), Range(1, 1_000_000)]
    public int Keep { get; init; } = 3;
}
