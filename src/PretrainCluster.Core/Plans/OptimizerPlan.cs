using System.ComponentModel;
using System.ComponentModel.DataAnnotations;

namespace PretrainCluster.Core.Plans;

/// <summary>
/// Optimiser and learning-rate schedule: linear warm-up, then half a cosine or drops. Each kind's keys stand beside the
/// class that updates by it.
/// </summary>
[Kinds("optimizer", "the update rule", Default = "adamw")]
public record OptimizerPlan : KindSection
{
    [Description("learning rate after warm-up, absolute (never scaled by the batch)"), Range(0, 100)]
    public double LearningRate { get; init; } = 1e-3;

    [Description("how the learning rate goes after warm-up"), AddedLater]
    public RateSchedule Schedule { get; init; } = RateSchedule.Cosine;

    [Description("learning rate at the end of the cosine"), Range(0, 100), UsedBy(nameof(Schedule), RateSchedule.Cosine)]
    public double MinLearningRate { get; init; }

    [Description("epochs after which the learning rate is multiplied by drop_factor"), Range(1, 1_000_000), UsedBy(nameof(Schedule), RateSchedule.Drops)]
    public IReadOnlyList<int> DropEpochs { get; init; } = [];

    [Description("what each drop multiplies the learning rate by"), Range(0.000001, 1), UsedBy(nameof(Schedule), RateSchedule.Drops)]
    public double DropFactor { get; init; } = 0.1;

    [Description("epochs of linear warm-up from 0"), Range(0, 1_000_000)]
    public double WarmupEpochs { get; init; }

    [Description("weight decay; biases, norms and embeddings of one dimension are left out"), Range(0, 10)]
    public double WeightDecay { get; init; } = 0.05;

    [Description("largest norm of the gradient; 0 leaves it as it is"), Range(0, 1e9)]
    public double ClipNorm { get; init; }

    [Description("what clip_norm limits: the norm of the whole gradient, or of each weight's own"), AddedLater]
    public GradientClip Clip { get; init; } = GradientClip.Global;

    [Description("learning rate of each block of the encoder as a part of the next one's, decay^(blocks - i) for block i from 0 and decay^(blocks + 1) before them; what follows the blocks has the whole rate. 1 treats all alike"), Range(0.01, 1), AddedLater]
    public double LayerDecay { get; init; } = 1;
}
