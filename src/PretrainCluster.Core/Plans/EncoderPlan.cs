using System.ComponentModel;
using System.ComponentModel.DataAnnotations;

namespace PretrainCluster.Core.Plans;

/// <summary>The encoder and its size.</summary>
public sealed record EncoderPlan
{
    [Description("what encodes a clip"), AddedLater]
    public EncoderKind Kind { get; init; } = EncoderKind.Transformer;

    [Description("frames per token; divides the view's frames"), Range(1, 256), UsedBy(nameof(Kind), EncoderKind.Transformer)]
    public int PatchFrames { get; init; } = 4;

    [Description("joints per token; divides the joint count"), Range(1, 256), UsedBy(nameof(Kind), EncoderKind.Transformer)]
    public int PatchJoints { get; init; } = 1;

    [Description("features per token, or of the last block of st_gcn; those of a clip. hi_trs: of a frame's joints, even; a clip has four times as many"), Range(1, 8192), UsedBy(nameof(Kind), EncoderKind.Transformer, EncoderKind.StGcn, EncoderKind.HiTrs)]
    public int Width { get; init; } = 256;

    [Description("channels of the first layers, of st_gcn and a_gcn four blocks; later ones have two and four times as many. 16 is SkeletonCLR's quarter width. hcn: even; a_gcn: at least 4"), Range(1, 2048), UsedBy(nameof(Kind), EncoderKind.StGcn, EncoderKind.Hcn, EncoderKind.AGcn)]
    public int Channels { get; init; } = 64;

    [Description("which neighbours of a joint are told apart: spatial, nearer to and farther from the body's centre; directed, along and against the bones, as SkeAttnCLR has it"), UsedBy(nameof(Kind), EncoderKind.StGcn), AddedLater]
    public GraphKind Graph { get; init; } = GraphKind.Spatial;

    [Description("recurrent layers, each of two units side by side; of hi_trs, those of each of its three levels"), Range(1, 16), UsedBy(nameof(Kind), EncoderKind.Bigru, EncoderKind.HiTrs)]
    public int Layers { get; init; } = 3;

    [Description("numbers in a unit's state; a clip has twice as many features"), Range(1, 8192), UsedBy(nameof(Kind), EncoderKind.Bigru)]
    public int Hidden { get; init; } = 1024;

    [Description("batch norm of the coordinates, as CMD has it and skeleton-contrast does not"), UsedBy(nameof(Kind), EncoderKind.Bigru)]
    public bool InputNorm { get; init; }

    [Description("blocks"), Range(1, 128), UsedBy(nameof(Kind), EncoderKind.Transformer)]
    public int Depth { get; init; } = 8;

    [Description("attention heads; of the transformer a divisor of the width"), Range(1, 128), UsedBy(nameof(Kind), EncoderKind.Transformer, EncoderKind.HiTrs)]
    public int Heads { get; init; } = 8;

    [Description("numbers that a head compares by, at every level"), Range(1, 1024), UsedBy(nameof(Kind), EncoderKind.HiTrs)]
    public int AttentionWidth { get; init; } = 64;

    [Description("frames of a window; times joints at most 4096"), Range(1, 64), UsedBy(nameof(Kind), EncoderKind.HiTrs)]
    public int WindowFrames { get; init; } = 7;

    [Description("frames from the beginning of a window to that of the next"), Range(1, 256), UsedBy(nameof(Kind), EncoderKind.HiTrs)]
    public int WindowStride { get; init; } = 7;

    [Description("frames from one of a window to its next"), Range(1, 16), UsedBy(nameof(Kind), EncoderKind.HiTrs)]
    public int WindowDilation { get; init; } = 2;

    [Description("hidden width of a block's MLP, as a multiple of the width"), Range(0.25, 16), UsedBy(nameof(Kind), EncoderKind.Transformer)]
    public double MlpRatio { get; init; } = 4;

    [Description("dropout of projections and MLPs, after the temporal convolutions of all blocks of st_gcn but the first, or of whole channels of hcn's last three layers, or after attention and MLPs of hi_trs"), Range(0, 0.95), UsedBy(nameof(Kind), EncoderKind.Transformer, EncoderKind.StGcn, EncoderKind.Hcn, EncoderKind.HiTrs)]
    public double Dropout { get; init; }

    [Description("dropout of attention weights"), Range(0, 0.95), UsedBy(nameof(Kind), EncoderKind.Transformer)]
    public double AttentionDropout { get; init; }

    [Description("stochastic depth of the last block; earlier blocks grow linearly towards it"), Range(0, 0.95), UsedBy(nameof(Kind), EncoderKind.Transformer)]
    public double DropPath { get; init; }
}
