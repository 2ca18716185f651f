using PretrainCluster.Skeletons.Views.Augmentations;

namespace PretrainCluster.Learning.Evaluation.Protocols;

/// <summary>Views of published evaluations; of a plan they keep the stream and the number of frames.</summary>
static class PublishedViews
{
    /// <summary>MAMP's: a random crop of half the frames or more, at least 64, and a random rotation; centred crop of 0.95.</summary>
    public static ViewPlan Mamp(ViewPlan plan) => SkeletonContrast(plan) with { Augment = [new Rotation.Settings { Amount = 0.3 }] };

    /// <summary>skeleton-contrast's, CMD's and HiCo's: as MAMP's, without rotation.</summary>
    public static ViewPlan SkeletonContrast(ViewPlan plan) => new() { Stream = plan.Stream, Frames = plan.Frames, Crop = new() { Min = 0.5, Max = 1, MinFrames = 64, Evaluation = 0.95 } };

    /// <summary>CrosSCLR's, AimCLR's, UmURL's and USDRL's: all frames, and no augmentation.</summary>
    public static ViewPlan Whole(ViewPlan plan) => new() { Stream = plan.Stream, Frames = plan.Frames, Crop = new() { Min = 1, Max = 1, Evaluation = 1 } };
}
