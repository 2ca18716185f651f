using System.ComponentModel;
using System.ComponentModel.DataAnnotations;

namespace PretrainCluster.Core.Plans;

/// <summary>What is learned. A null stands for the kind's published value (<see cref="ObjectiveDefaults"/>).</summary>
public sealed record ObjectivePlan
{
    [Description("what is predicted from what")]
    public required ObjectiveKind Kind { get; init; }

    [Description("part of the tokens that is masked"), Range(0.001, 0.999), UsedBy(nameof(Kind), ObjectiveKind.MaskedMotion, ObjectiveKind.MaskedCoordinates)]
    public double MaskRatio { get; init; } = 0.9;

    [Description("tau of motion-aware masking, larger is closer to uniform (0.8), or what similarities are divided by (moco and skeattnclr 0.2, nnclr, masked_features and simclr 0.1, hi_trs and inter_skeleton 0.07)"), Range(0.01, 100)]
    [UsedBy(nameof(Kind), ObjectiveKind.MaskedMotion, ObjectiveKind.Moco, ObjectiveKind.Nnclr, ObjectiveKind.MaskedFeatures, ObjectiveKind.HiTrs, ObjectiveKind.Simclr, ObjectiveKind.InterSkeleton, ObjectiveKind.Skeattnclr)]
    public double? Temperature { get; init; }

    [Description("frames between the two ends of a motion"), Range(1, 64), UsedBy(nameof(Kind), ObjectiveKind.MaskedMotion)]
    public int MotionStride { get; init; } = 1;

    [Description("normalise each token's target to mean 0 and variance 1")]
    [UsedBy(nameof(Kind), ObjectiveKind.MaskedMotion, ObjectiveKind.MaskedCoordinates, ObjectiveKind.SkeletonMae)]
    public bool NormalizeTarget { get; init; } = true;

    [Description("which parts are masked"), UsedBy(nameof(Kind), ObjectiveKind.SkeletonMae, ObjectiveKind.MaskedFeatures)]
    public SkeletonMasking Masking { get; init; } = SkeletonMasking.SpatialTemporal;

    [Description("part of the joints masked in all frames"), Range(0.001, 0.999)]
    [UsedBy(nameof(Kind), ObjectiveKind.SkeletonMae, ObjectiveKind.MaskedFeatures), UsedBy(nameof(Masking), SkeletonMasking.Joint, SkeletonMasking.SpatialTemporal)]
    public double JointRatio { get; init; } = 0.5;

    [Description("part of the frames masked whole"), Range(0.001, 0.999)]
    [UsedBy(nameof(Kind), ObjectiveKind.SkeletonMae, ObjectiveKind.MaskedFeatures), UsedBy(nameof(Masking), SkeletonMasking.Frame, SkeletonMasking.SpatialTemporal)]
    public double FrameRatio { get; init; } = 0.5;

    [Description("blocks that predict what is masked")]
    [UsedBy(nameof(Kind), ObjectiveKind.MaskedMotion, ObjectiveKind.MaskedCoordinates, ObjectiveKind.SkeletonMae)]
    public DecoderPlan Decoder { get; init; } = new();

    [Description("views of earlier steps that are remembered, at least a batch (moco 65536, nnclr 98304, inter_skeleton 16384 of each encoder, skeattnclr 32768)"), Range(1, 16_777_216)]
    [UsedBy(nameof(Kind), ObjectiveKind.Moco, ObjectiveKind.Nnclr, ObjectiveKind.InterSkeleton, ObjectiveKind.Skeattnclr)]
    public int? Queue { get; init; }

    [Description("part of itself that the momentum encoder or teacher keeps at every step; the rest comes from the encoder"), Range(0, 0.999999)]
    [UsedBy(nameof(Kind), ObjectiveKind.Moco, ObjectiveKind.MaskedFeatures, ObjectiveKind.InterSkeleton, ObjectiveKind.Skeattnclr)]
    public double Momentum { get; init; } = 0.999;

    [Description("hidden width of the projection head (moco and skeattnclr the encoder's width, nnclr, masked_features and simclr 2048, vicreg 8192)"), Range(1, 65536)]
    [UsedBy(nameof(Kind), ObjectiveKind.Moco, ObjectiveKind.Nnclr, ObjectiveKind.MaskedFeatures, ObjectiveKind.Simclr, ObjectiveKind.Vicreg, ObjectiveKind.Skeattnclr)]
    public int? ProjectionHidden { get; init; }

    [Description("numbers that a view is compared by (moco, simclr, inter_skeleton and skeattnclr 128, nnclr and masked_features 256, vicreg 8192)"), Range(1, 8192)]
    [UsedBy(nameof(Kind), ObjectiveKind.Moco, ObjectiveKind.Nnclr, ObjectiveKind.MaskedFeatures, ObjectiveKind.Simclr, ObjectiveKind.Vicreg, ObjectiveKind.InterSkeleton, ObjectiveKind.Skeattnclr)]
    public int? ProjectionWidth { get; init; }

    [Description("hidden width of the prediction head"), Range(1, 65536), UsedBy(nameof(Kind), ObjectiveKind.Nnclr)]
    public int PredictionHidden { get; init; } = 4096;

    [Description("views of a clip: each predicts the neighbour of the other; 1 has one view predict its own neighbour, as STARS does, at half the cost"), Range(1, 2), UsedBy(nameof(Kind), ObjectiveKind.Nnclr), AddedLater]
    public int Views { get; init; } = 2;

    [Description("leave a clip's own earlier projections out when its neighbour is looked for, as STARS does"), UsedBy(nameof(Kind), ObjectiveKind.Nnclr), AddedLater]
    public bool ExcludeOwn { get; init; }

    [Description("nearest neighbours of which one is drawn; 1 takes the nearest"), Range(1, 1024), UsedBy(nameof(Kind), ObjectiveKind.Nnclr), AddedLater]
    public int TopK { get; init; } = 1;

    [Description("which views' projections enter the queue"), UsedBy(nameof(Kind), ObjectiveKind.Nnclr), AddedLater]
    public QueuedViews Enqueue { get; init; } = QueuedViews.First;

    [Description("directions that a view or a hidden token is told by"), Range(2, 1_048_576), UsedBy(nameof(Kind), ObjectiveKind.MaskedFeatures)]
    public int Prototypes { get; init; } = 8192;

    [Description("what the teacher's similarities are divided by"), Range(0.001, 100), UsedBy(nameof(Kind), ObjectiveKind.MaskedFeatures)]
    public double TeacherTemperature { get; init; } = 0.04;

    [Description("chance that a view has hidden tokens"), Range(0, 1), UsedBy(nameof(Kind), ObjectiveKind.MaskedFeatures)]
    public double MaskProbability { get; init; } = 0.5;

    [Description("weight of the hidden tokens' loss beside the views'; 0 leaves DINO without local views"), Range(0, 1000), UsedBy(nameof(Kind), ObjectiveKind.MaskedFeatures)]
    public double MaskedWeight { get; init; } = 1;

    [Description("weight of the squared difference between a clip's views"), Range(0, 10000), UsedBy(nameof(Kind), ObjectiveKind.Vicreg)]
    public double InvarianceWeight { get; init; } = 25;

    [Description("weight of what the standard deviations over a batch lack to 1, mean of both views"), Range(0, 10000), UsedBy(nameof(Kind), ObjectiveKind.Vicreg)]
    public double VarianceWeight { get; init; } = 25;

    [Description("weight of the squared covariances over a batch, sum of both views"), Range(0, 10000), UsedBy(nameof(Kind), ObjectiveKind.Vicreg)]
    public double CovarianceWeight { get; init; } = 1;

    [Description("as `encoder` above, of another kind: the encoder of the other representation; both are trained, the plan's is evaluated"), UsedBy(nameof(Kind), ObjectiveKind.InterSkeleton)]
    public EncoderPlan? Partner { get; init; }

    [Description("heads of the attention that finds salient features; divides encoder.width"), Range(1, 128), UsedBy(nameof(Kind), ObjectiveKind.Skeattnclr)]
    public int MaskHeads { get; init; } = 8;

    [Description("what attention is multiplied by before the sigmoid that parts salient features from the others (Lambda)"), Range(0.01, 100), UsedBy(nameof(Kind), ObjectiveKind.Skeattnclr)]
    public double MaskSharpness { get; init; } = 2;

    [Description("weight of the salient features' loss beside the whole clip's; that of the others has the rest to 1"), Range(0, 1), UsedBy(nameof(Kind), ObjectiveKind.Skeattnclr)]
    public double SalientWeight { get; init; } = 0.5;

    [Description("what attention sees of another clip"), UsedBy(nameof(Kind), ObjectiveKind.Skeattnclr)]
    public SwapPlan Swap { get; init; } = new();
}

/// <summary>How much of a clip is swapped with another one's; both numbers are drawn for each micro-batch.</summary>
public sealed record SwapPlan
{
    [Description("fewest body parts: trunk, limbs"), Range(1, 64)]
    public int MinParts { get; init; } = 3;

    [Description("most body parts"), Range(1, 64)]
    public int MaxParts { get; init; } = 4;

    [Description("shortest time, in steps of 4 frames"), Range(1, 1024)]
    public int MinSteps { get; init; } = 4;

    [Description("longest time, in steps of 4 frames"), Range(1, 1024)]
    public int MaxSteps { get; init; } = 7;
}

/// <summary>The decoder of a masked objective.</summary>
public sealed record DecoderPlan
{
    [Description("features per token; 0 stands for the encoder's width"), Range(0, 8192)]
    public int Width { get; init; }

    [Description("transformer blocks; at most the encoder's depth where drop_path is used"), Range(1, 128)]
    public int Depth { get; init; } = 5;
}
