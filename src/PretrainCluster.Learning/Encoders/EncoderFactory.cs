using PretrainCluster.Core.Plans;

namespace PretrainCluster.Learning.Encoders;

/// <summary>From a plan to its encoder. A new encoder adds one line here.</summary>
public static class EncoderFactory
{
    static readonly Dictionary<EncoderKind, (Func<EncoderPlan, ClipShape, ulong, SkeletonEncoder> Create, Func<EncoderPlan, ClipShape, EncoderCost> Cost)> s_encoders = new()
    {
        [EncoderKind.Transformer] = ((plan, clip, seed) => new SkeletonTransformer(plan, clip.Frames, clip.Joints, seed), (plan, clip) => new TransformerCost(plan, TokenGrid.Of(plan, clip.Frames, clip.Joints), clip.Persons)),
        [EncoderKind.StGcn] = ((plan, clip, seed) => new StGcn(plan, clip, seed), (plan, clip) => StGcn.Cost(plan, clip)),
        [EncoderKind.Bigru] = ((plan, clip, seed) => new BiGru(plan, clip, seed), (plan, clip) => BiGru.Cost(plan, clip)),
        [EncoderKind.Hcn] = ((plan, clip, seed) => new Hcn(plan, clip, seed), (plan, clip) => Hcn.Cost(plan, clip)),
        [EncoderKind.AGcn] = ((plan, clip, seed) => new AGcn(plan, clip, seed), (plan, clip) => AGcn.Cost(plan, clip)),
        [EncoderKind.HiTrs] = ((plan, clip, seed) => new HiTrs(plan, clip, seed), (plan, clip) => new HiTrsCost(plan, clip)),
    };

    /// <summary>An encoder with initial weights, a function of the seed and of each weight's name and shape.</summary>
    /// <param name="clip">what it will see</param>
    /// <exception cref="Core.InputException">The plan's sizes do not fit each other, or the clip's.</exception>
    public static SkeletonEncoder Create(EncoderPlan plan, ClipShape clip, ulong seed)
    {
        using var held = Finalizers.Hold();
        return s_encoders[plan.Kind].Create(plan, clip, seed);
    }

    internal static EncoderCost Cost(EncoderPlan plan, ClipShape clip) => s_encoders[plan.Kind].Cost(plan, clip) with { Clip = clip };
}
