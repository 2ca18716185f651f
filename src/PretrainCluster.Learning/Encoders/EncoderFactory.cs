using PretrainCluster.Core.Plans;

namespace PretrainCluster.Learning.Encoders;

/// <summary>From a plan to its encoder.</summary>
public static class EncoderFactory
{
    /// <summary>An encoder with initial weights, a function of the seed and of each weight's name and shape.</summary>
    /// <param name="clip">what it will see</param>
    /// <exception cref="Core.InputException">The plan's sizes do not fit each other, or the clip's.</exception>
    public static SkeletonEncoder Create(EncoderPlan plan, ClipShape clip, ulong seed) => new SkeletonTransformer(plan, clip.Frames, clip.Joints, seed);

    internal static EncoderCost Cost(EncoderPlan plan, ClipShape clip) => new TransformerCost(plan, TokenGrid.Of(plan, clip.Frames, clip.Joints), clip.Persons);
}
