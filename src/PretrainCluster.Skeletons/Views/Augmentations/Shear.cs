namespace PretrainCluster.Skeletons.Views.Augmentations;

/// <summary>A shear: ones on the diagonal, six off-diagonals uniform in [-largest, largest] (skeleton-contrast, ACM MM 2021; AimCLR with 0.5).</summary>
public sealed class Shear(double probability, double largest) : LinearAugmentation(probability)
{
    [Kind("shear", "a shear (skeleton-contrast; Thoker et al., ACM MM 2021; AimCLR with amount 0.5)")]
    public sealed record Settings : AugmentationSettings
    {
        [Description("largest off-diagonal"), Range(0, 10)]
        public double Amount { get; init; } = 1;

        public override Augmentation Create(JointLayout layout, string where, bool upright) => new Shear(Probability, Amount);
    }

    public override LinearMap Draw(ref CounterRandom random)
    {
        return new(
            1, Entry(ref random), Entry(ref random),
            Entry(ref random), 1, Entry(ref random),
            Entry(ref random), Entry(ref random), 1);

        float Entry(ref CounterRandom random) => (float)random.NextDouble(-largest, largest);
    }
}
