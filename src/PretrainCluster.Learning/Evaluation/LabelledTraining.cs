using PretrainCluster.Learning.Evaluation.Features;

namespace PretrainCluster.Learning.Evaluation;

/// <summary>What it takes to train an encoder with labels: the clips, their views, the architecture.</summary>
public sealed record LabelledTraining(EvaluationClips Clips, ViewPlan View, EncoderPlan Encoder)
{
    /// <summary>The encoder whose weights fine-tuning starts from; it stays as it is. Null where there is none.</summary>
    public SkeletonEncoder? Source { get; init; }

    /// <summary>Where it is trained.</summary>
    public Device Device { get; init; } = CPU;
}
