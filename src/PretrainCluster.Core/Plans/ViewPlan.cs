using System.ComponentModel;
using System.ComponentModel.DataAnnotations;

namespace PretrainCluster.Core.Plans;

/// <summary>How a clip becomes the encoder's input: [persons, frames, joints, 3].</summary>
public sealed record ViewPlan
{
    [Description("frames of a view, after resizing"), Range(1, 4096)]
    public required int Frames { get; init; }

    [Description("temporal crop: part of the valid frames kept, uniform in [min, max]")]
    public CropPlan Crop { get; init; } = new();

    [Description("augmentations of a training view, applied in this order")]
    public IReadOnlyList<AugmentationPlan> Augment { get; init; } = [];

    [Description("what the encoder sees of a view: coordinates, child minus parent of each bone, or the next frame minus this one"), AddedLater]
    public ViewStream Stream { get; init; } = ViewStream.Joint;
}

/// <summary>Temporal crop and resize.</summary>
public sealed record CropPlan
{
    [Description("smallest part of the valid frames"), Range(0.01, 1)]
    public double Min { get; init; } = 0.5;

    [Description("largest part of the valid frames"), Range(0.01, 1)]
    public double Max { get; init; } = 1;

    [Description("a crop is never shorter than this many frames, where the clip has them"), Range(1, 4096)]
    public int MinFrames { get; init; } = 64;

    [Description("part of the valid frames in the centred crop of an evaluation view"), Range(0.01, 1), DecidesNothing]
    public double Evaluation { get; init; } = 0.95;
}
