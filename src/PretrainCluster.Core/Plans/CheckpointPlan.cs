using System.ComponentModel;
using System.ComponentModel.DataAnnotations;

namespace PretrainCluster.Core.Plans;

/// <summary>When the run can be resumed from.</summary>
public sealed record CheckpointPlan
{
    /// <summary>What <see cref="KeepBestBy"/> may be. Neither is of the test side, on which nothing is chosen.</summary>
    public const string Loss = "loss", Monitor = "monitor";

    [Description("steps between checkpoints; 0 stands for once an epoch"), Range(0, 1_000_000_000)]
    public int EverySteps { get; init; }

    [Description("newest checkpoints kept"), Range(1, 1_000_000)]
    public int Keep { get; init; } = 3;

    [Description("best checkpoints kept besides, by `keep_best_by`"), Range(0, 1_000_000)]
    public int KeepBest { get; init; }

    [Description("what makes one better: loss, the smaller, or monitor, the larger first figure of evaluation.monitor, which is of held-out clips of the training split. No protocol: their figures are of the test side")]
    public string KeepBestBy { get; init; } = Loss;

    [Description("checkpoints kept besides: those whose step is a multiple of it; 0 for none"), Range(0, 1_000_000_000)]
    public int KeepEvery { get; init; }

    [Description("where checkpoints are kept: a folder, or azure://ACCOUNT/CONTAINER/PREFIX (docs/stores.md); by default the run's own folder")]
    public string? Store { get; init; }
}
