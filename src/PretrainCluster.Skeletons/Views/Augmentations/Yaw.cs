using PretrainCluster.Core.Sampling;

namespace PretrainCluster.Skeletons.Views.Augmentations;

/// <summary>
/// A rotation about the vertical axis alone, y, as if the camera stood elsewhere: its angle is uniform in [-largest, largest] radians. CTR-GCN (Chen et al., ICCV 2021) turns NW-UCLA's clips so by up to
/// 60 degrees, and about x besides.
/// </summary>
public sealed class Yaw(double probability, double largest) : LinearAugmentation(probability)
{
    public override LinearMap Draw(ref CounterRandom random) => LinearMap.Rotation(0, random.NextDouble(-largest, largest), 0);
}
