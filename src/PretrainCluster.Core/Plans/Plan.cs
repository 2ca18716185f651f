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

    [Description("an encoder to begin with instead of random weights: NAME:TAG, RUN or RUN@STEP, a folder that `pretrain pull` wrote, or a .safetensors file of weights"), DecidesNothing]
    public string? From { get; init; }

    [Description("SHA-256 of that encoder's weights; found where the run is started, and kept with the run")]
    public string? FromSha256 { get; init; }

    [Description("assemblies that some of the plan's kinds come from (docs/extending.md); each must be named on the command line, too: --extension FILE"), DecidesNothing]
    public IReadOnlyList<string> Extensions { get; init; } = [];

    [Description("SHA-256 of each of them; found where the run is started, and kept with the run"), AddedLater]
    public IReadOnlyList<string> ExtensionsSha256 { get; init; } = [];

    public required DataPlan Data { get; init; }
    public required ViewPlan View { get; init; }
    public required EncoderPlan Encoder { get; init; }
    /// <summary>Of a plan with stages the first one's; so is <see cref="Training"/>.</summary>
    public required ObjectivePlan Objective { get; init; }
    public required TrainingPlan Training { get; init; }

    [Description("in place of `objective` and `training`: several stages one after another, each with the encoder of the one before"), AddedLater]
    public IReadOnlyList<StagePlan> Stages { get; init; } = [];

    [DecidesNothing]
    public WorkersPlan Workers { get; init; } = new();

    [DecidesNothing]
    public RecoveryPlan Recovery { get; init; } = new();

    [DecidesNothing]
    public CheckpointPlan Checkpoints { get; init; } = new();

    [DecidesNothing]
    public EvaluationPlan Evaluation { get; init; } = new();

    /// <summary>Classes that evaluations take as unseen: those that they name, else those that are kept out of pretraining.</summary>
    public IReadOnlyList<int> NovelClasses() => Evaluation.NovelClasses.Count > 0 ? Evaluation.NovelClasses : Data.HoldOutClasses;
}
