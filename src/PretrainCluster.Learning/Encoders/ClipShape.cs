using PretrainCluster.Skeletons.Datasets;
using PretrainCluster.Skeletons.Layouts;

namespace PretrainCluster.Learning.Encoders;

/// <summary>A clip as the encoder sees it: [persons, frames, joints, 3].</summary>
/// <param name="Layout">which joint stands where; null where only sizes matter</param>
public readonly record struct ClipShape(int Persons, int Frames, int Joints, JointLayout? Layout = null)
{
    /// <summary>Numbers in it.</summary>
    public int Length => Persons * Frames * Joints * 3;

    /// <summary>A dataset's clips in views of <paramref name="frames"/> frames.</summary>
    public static ClipShape Of(SkeletonDataset dataset, int frames) => new(dataset.Persons, frames, dataset.Joints, dataset.Description.Layout);
}
