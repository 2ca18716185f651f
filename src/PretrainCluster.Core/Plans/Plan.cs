using System.ComponentModel;
using System.ComponentModel.DataAnnotations;

namespace PretrainCluster.Core.Plans;

/// <summary>Everything that decides what a run computes, and a little that decides how it is carried. Written as YAML in snake_case (docs/plans.md).</summary>
public sealed record Plan
{
    [Description("the run's name; its folder is runs/NAME"), DecidesNothing]
    public required string Name { get; init; }

    [Description("seed of initial weights, sampling order, views and masks"), Range(0, long.MaxValue)]
    public long Seed { get; init; } = 1;

    public required DataPlan Data { get; init; }
    public required ViewPlan View { get; init; }
    public required EncoderPlan Encoder { get; init; }
    public required ObjectivePlan Objective { get; init; }
    public required TrainingPlan Training { get; init; }

    [DecidesNothing]
    public WorkersPlan Workers { get; init; } = new();

    [DecidesNothing]
    public RecoveryPlan Recovery { get; init; } = new();

    [DecidesNothing]
    public CheckpointPlan Checkpoints { get; init; } = new();

    [DecidesNothing]
    public EvaluationPlan Evaluation { get; init; } = new();
}
