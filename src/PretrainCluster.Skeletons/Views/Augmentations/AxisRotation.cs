namespace PretrainCluster.Skeletons.Views.Augmentations;

/// <summary>A rotation mostly about one axis, drawn among three: its angle is uniform in [0, largest], the others' in [0, minor] radians (AimCLR, AAAI 2022).</summary>
public sealed class AxisRotation(double probability, double largest, double minor) : LinearAugmentation(probability)
{
    [Kind("axis_rotation", "a rotation mostly about one axis, drawn among three (AimCLR; Guo et al., AAAI 2022)")]
    public sealed record Settings : AugmentationSettings
    {
        [Description("largest angle about the main axis in radians"), Range(0, 10)]
        public double Amount { get; init; } = 30 * (Math.PI / 180);

        [Description("largest angle about the two other axes, in radians"), Range(0, 10)]
        public double MinorAmount { get; init; } = Math.PI / 180;

        public override Augmentation Create(JointLayout layout, string where, bool upright) => new AxisRotation(Probability, Amount, MinorAmount);
    }

    public override LinearMap Draw(ref CounterRandom random)
    {
        var main = random.Next(3);
        return LinearMap.Rotation(Angle(0, ref random), Angle(1, ref random), Angle(2, ref random));

        double Angle(int axis, ref CounterRandom random) => random.NextDouble(0, axis == main ? largest : minor);
    }
}
