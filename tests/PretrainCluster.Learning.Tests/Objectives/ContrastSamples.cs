using PretrainCluster.Core.Plans;
using PretrainCluster.Core.Sampling;
using PretrainCluster.Learning.Encoders;
using PretrainCluster.Learning.Objectives;
using PretrainCluster.Skeletons.Layouts;

namespace PretrainCluster.Learning.Tests.Objectives;

/// <summary>Small objectives that contrast two views, and clips for them.</summary>
static class ContrastSamples
{
    public const int Frames = 8, Joints = 4;

    public static readonly SkeletonTransformer.Settings Encoder = new() { Width = 12, Depth = 2, Heads = 2 };
    public static readonly EncoderPlan Partner = new BiGru.Settings { Layers = 1, Hidden = 3 };
    public static readonly SkeletonAttentionContrast.SwapSettings Swap = new() { MinParts = 1, MaxParts = 3, MinSteps = 1, MaxSteps = 2 };
    public static readonly SkeletonTransformer.Settings Dropping = Encoder with { Dropout = 0.1, AttentionDropout = 0.1, DropPath = 0.2 };

    /// <summary>Trunk, two arms and two legs of a joint each.</summary>
    public static readonly JointLayout Layout = new("six", ["hip", "head", "left hand", "right hand", "left foot", "right foot"],
        [new Bone(1, 0), new Bone(2, 1), new Bone(3, 1), new Bone(4, 0), new Bone(5, 0)], [new JointPair(2, 3), new JointPair(4, 5)], Root: 0);

    /// <summary>An encoder of the kind that an objective needs, which drops as much.</summary>
    public static EncoderPlan EncoderOf(string kind, SkeletonTransformer.Settings encoder) => kind switch
    {
        "hi_trs" => new HiTrs.Settings { Width = encoder.Width, Heads = encoder.Heads, AttentionWidth = 8, Dropout = encoder.Dropout },
        "skeattnclr" => new StGcn.Settings { Channels = 4, Width = encoder.Width, Dropout = encoder.Dropout },
        _ => encoder,
    };

    public static ObjectivePlan Plan(string kind) =>
        AnyKind.Create<ObjectivePlan>(kind, new { Queue = 20, Momentum = 0.9, ProjectionHidden = 10, ProjectionWidth = 6, PredictionHidden = 9, Prototypes = 20, Partner, MaskHeads = 2, Swap });

    public static T Create<T>(string kind, EncoderPlan? encoder = null) where T : Objective =>
        (T)ObjectiveFactory.Create(Plan(kind), encoder ?? Encoder, Frames, Joints, seed: 3);

    /// <summary>[2 views, clips, 2 persons, frames, joints, 3]</summary>
    public static Tensor Clips(int clips, ulong stream = 0)
    {
        var random = new CounterRandom(7, RandomPurpose.Synthesis, stream);
        var values = new float[2 * clips * 2 * Frames * Joints * 3];
        for (var i = 0; i < values.Length; i++)
            values[i] = random.NextSingle();
        return tensor(values, [2, clips, 2, Frames, Joints, 3]);
    }

    public static CounterRandom Random(ulong microBatch = 0) => new(5, RandomPurpose.Objective, 1, microBatch);

    public static Tensor Weight(Objective objective, string name) => objective.Weights.Single(weight => weight.Name == name).Parameter;

    public static Tensor Buffer(Objective objective, string name) => objective.Buffers.Single(buffer => buffer.Name == name).Value;
}
