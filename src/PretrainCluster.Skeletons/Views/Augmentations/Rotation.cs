using PretrainCluster.Core.Sampling;

namespace PretrainCluster.Skeletons.Views.Augmentations;

/// <summary>One rotation per view, each Euler angle uniform in [-largest, largest] radians (MAMP, ICCV 2023).</summary>
public sealed class Rotation(double probability, double largest) : LinearAugmentation(probability)
{
    public override LinearMap Draw(ref CounterRandom random) =>
        LinearMap.Rotation(random.NextDouble(-largest, largest), random.NextDouble(-largest, largest), random.NextDouble(-largest, largest));
}
