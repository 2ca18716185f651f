using PretrainCluster.Core.Sampling;

namespace PretrainCluster.Skeletons.Views.Augmentations;

/// <summary>A shear: ones on the diagonal, six off-diagonals uniform in [-largest, largest] (skeleton-contrast, ACM MM 2021; AimCLR with 0.5).</summary>
public sealed class Shear(double probability, double largest) : LinearAugmentation(probability)
{
    public override LinearMap Draw(ref CounterRandom random)
    {
        return new(
            1, Entry(ref random), Entry(ref random),
            Entry(ref random), 1, Entry(ref random),
            Entry(ref random), Entry(ref random), 1);

        float Entry(ref CounterRandom random) => (float)random.NextDouble(-largest, largest);
    }
}
