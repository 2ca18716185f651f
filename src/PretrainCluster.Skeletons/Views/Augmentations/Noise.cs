namespace PretrainCluster.Skeletons.Views.Augmentations;

/// <summary>Adds independent Gaussian noise to every coordinate of the persons present (AimCLR, AAAI 2022).</summary>
/// <param name="probability">Chance that a view gets it.</param>
/// <param name="deviation">Standard deviation in metres.</param>
public sealed class Noise(double probability, double deviation) : Augmentation(probability)
{
    [Kind("noise", "Gaussian noise on every coordinate (AimCLR; Guo et al., AAAI 2022)")]
    public sealed record Settings : AugmentationSettings
    {
        public Settings() => Probability = 0.5;

        [Description("standard deviation in metres"), Range(0, 10)]
        public double Amount { get; init; } = 0.01;

        public override Augmentation Create(JointLayout layout, string where, bool upright) => new Noise(Probability, Amount);
    }

    public override void Apply(SkeletonView view, ref CounterRandom random)
    {
        for (var person = 0; person < view.Persons; person++)
        {
            if (view.IsAbsent(person))
                continue;
            foreach (ref var value in view.Person(person))
                value += (float)(deviation * random.NextGaussian());
        }
    }
}
