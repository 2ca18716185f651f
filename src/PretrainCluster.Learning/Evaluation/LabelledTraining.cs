using PretrainCluster.Core.Plans;
using PretrainCluster.Learning.Evaluation.Features;

namespace PretrainCluster.Learning.Evaluation;

/// <summary>What it takes to train an encoder with labels: the clips, their views, the architecture.</summary>
public sealed record LabelledTraining(EvaluationClips Clips, ViewPlan View, EncoderPlan Encoder);
