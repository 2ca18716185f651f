using System.ComponentModel;
using System.ComponentModel.DataAnnotations;

namespace PretrainCluster.Core.Plans;

/// <summary>A masked objective and its decoder.</summary>
public sealed record ObjectivePlan
{
    [Description("what is predicted from what")]
    public required ObjectiveKind Kind { get; init; }

    [Description("part of the tokens that is masked"), Range(0.001, 0.999), UsedBy(nameof(Kind), ObjectiveKind.MaskedMotion, ObjectiveKind.MaskedCoordinates)]
    public double MaskRatio { get; init; } = 0.9;

    [Description("temperature tau of motion-aware masking; larger is closer to uniform"), Range(0.01, 100), UsedBy(nameof(Kind), ObjectiveKind.MaskedMotion)]
    public double Temperature { get; init; } = 0.8;

    [Description("frames between the two ends of a motion"), Range(1, 64), UsedBy(nameof(Kind), ObjectiveKind.MaskedMotion)]
    public int MotionStride { get; init; } = 1;

    [Description("normalise each token's target to mean 0 and variance 1")]
    public bool NormalizeTarget { get; init; } = true;

    [Description("which parts are masked"), UsedBy(nameof(Kind), ObjectiveKind.SkeletonMae)]
    public SkeletonMasking Masking { get; init; } = SkeletonMasking.SpatialTemporal;

    [Description("part of the joints masked in all frames"), Range(0.001, 0.999)]
    [UsedBy(nameof(Kind), ObjectiveKind.SkeletonMae), UsedBy(nameof(Masking), SkeletonMasking.Joint, SkeletonMasking.SpatialTemporal)]
    public double JointRatio { get; init; } = 0.5;

    [Description("part of the frames masked whole"), Range(0.001, 0.999)]
    [UsedBy(nameof(Kind), ObjectiveKind.SkeletonMae), UsedBy(nameof(Masking), SkeletonMasking.Frame, SkeletonMasking.SpatialTemporal)]
    public double FrameRatio { get; init; } = 0.5;

    public DecoderPlan Decoder { get; init; } = new();
}

/// <summary>The decoder of a masked objective.</summary>
public sealed record DecoderPlan
{
    [Description("features per token; 0 stands for the encoder's width"), Range(0, 8192)]
    public int Width { get; init; }

    [Description("transformer blocks; at most the encoder's depth where drop_path is used"), Range(1, 128)]
    public int Depth { get; init; } = 5;
}
