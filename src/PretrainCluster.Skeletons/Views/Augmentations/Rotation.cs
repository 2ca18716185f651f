namespace PretrainCluster.Skeletons.Views.Augmentations;

/// <summary>One rotation per view, each Euler angle uniform in [-largest, largest] radians (MAMP, ICCV 2023).</summary>
public sealed class Rotation(double probability, double largest) : LinearAugmentation(probability)
{
    [Kind("rotation", "a rotation about all axes (MAMP; Mao et al., ICCV 2023)")]
    public sealed record Settings : AugmentationSettings
    {
        [Description("largest Euler angle in radians"), Range(0, 10)]
        public double Amount { get; init; } = 0.3;

        public override Augmentation Create(JointLayout layout, string where, bool upright) => new Rotation(Probability, Amount);
    }

    public override LinearMap Draw(ref CounterRandom random) =>
        LinearMap.Rotation(random.NextDouble(-largest, largest), random.NextDouble(-largest, largest), random.NextDouble(-largest, largest));
}
