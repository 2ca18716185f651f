using System.ComponentModel;
using System.ComponentModel.DataAnnotations;

namespace PretrainCluster.Core.Plans;

/// <summary>The skeleton transformer of MAMP (Mao et al., ICCV 2023), of any size.</summary>
public sealed record EncoderPlan
{
    [Description("frames per token; divides the view's frames"), Range(1, 256)]
    public int PatchFrames { get; init; } = 4;

    [Description("joints per token; divides the joint count"), Range(1, 256)]
    public int PatchJoints { get; init; } = 1;

    [Description("features per token"), Range(1, 8192)]
    public int Width { get; init; } = 256;

    [Description("transformer blocks"), Range(1, 128)]
    public int Depth { get; init; } = 8;

    [Description("attention heads; divides the width"), Range(1, 128)]
    public int Heads { get; init; } = 8;

    [Description("hidden width of a block's MLP, as a multiple of the width"), Range(0.25, 16)]
    public double MlpRatio { get; init; } = 4;

    [Description("dropout of projections and MLPs"), Range(0, 0.95)]
    public double Dropout { get; init; }

    [Description("dropout of attention weights"), Range(0, 0.95)]
    public double AttentionDropout { get; init; }

    [Description("stochastic depth of the last block; earlier blocks grow linearly towards it"), Range(0, 0.95)]
    public double DropPath { get; init; }
}
