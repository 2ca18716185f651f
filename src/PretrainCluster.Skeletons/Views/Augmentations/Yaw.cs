namespace PretrainCluster.Skeletons.Views.Augmentations;

/// <summary>
/// A rotation about the vertical axis alone, as if the camera stood elsewhere: its angle is uniform in [-largest, largest] radians. CTR-GCN (Chen et al., ICCV 2021) turns NW-UCLA's clips so by up to
/// 60 degrees, and about x besides.
/// </summary>
/// <param name="upright">whether z is the vertical axis, as 2s-AGCN's preprocessing turns bodies; else it is y, as a camera sees them</param>
public sealed class Yaw(double probability, double largest, bool upright) : LinearAugmentation(probability)
{
    [Kind("yaw", "a rotation about the vertical axis, as if the camera stood elsewhere (CTR-GCN on NW-UCLA; Chen et al., ICCV 2021)")]
    public sealed record Settings : AugmentationSettings
    {
        [Description("largest angle about the vertical axis in radians"), Range(0, 10)]
        public double Amount { get; init; } = 60 * (Math.PI / 180);

        public override Augmentation Create(JointLayout layout, string where, bool upright) => new Yaw(Probability, Amount, upright);
    }

    public override LinearMap Draw(ref CounterRandom random)
    {
        var angle = random.NextDouble(-largest, largest);
        return upright ? LinearMap.Rotation(0, 0, angle) : LinearMap.Rotation(0, angle, 0);
    }
}
