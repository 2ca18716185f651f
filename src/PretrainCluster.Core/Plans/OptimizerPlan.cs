using System.ComponentModel;
using System.ComponentModel.DataAnnotations;

namespace PretrainCluster.Core.Plans;

/// <summary>Optimiser and learning-rate schedule: linear warm-up, then half a cosine or drops.</summary>
public sealed record OptimizerPlan
{
    [Description("the update rule")]
    public OptimizerKind Kind { get; init; } = OptimizerKind.AdamW;

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

    [Description("weight decay, decoupled for adamw, added to the gradient for sgd; biases, norms and embeddings of one dimension are left out"), Range(0, 10)]
    public double WeightDecay { get; init; } = 0.05;

    [Description("decay of the first moment"), Range(0, 0.999999), UsedBy(nameof(Kind), OptimizerKind.AdamW)]
    public double Beta1 { get; init; } = 0.9;

    [Description("decay of the second moment"), Range(0, 0.999999), UsedBy(nameof(Kind), OptimizerKind.AdamW)]
    public double Beta2 { get; init; } = 0.95;

    [Description("momentum"), Range(0, 0.999999), UsedBy(nameof(Kind), OptimizerKind.Sgd)]
    public double Momentum { get; init; } = 0.9;

    [Description("largest norm of the gradient; 0 leaves it as it is"), Range(0, 1e9)]
    public double ClipNorm { get; init; }

    [Description("what clip_norm limits: the norm of the whole gradient, or of each weight's own"), AddedLater]
    public GradientClip Clip { get; init; } = GradientClip.Global;

    [Description("learning rate of each block of the encoder as a part of the next one's, decay^(blocks - i) for block i from 0 and decay^(blocks + 1) before them; what follows the blocks has the whole rate. 1 treats all alike"), Range(0.01, 1), AddedLater]
    public double LayerDecay { get; init; } = 1;
}
