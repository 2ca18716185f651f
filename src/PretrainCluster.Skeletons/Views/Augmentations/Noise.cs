using PretrainCluster.Core.Sampling;

namespace PretrainCluster.Skeletons.Views.Augmentations;

/// <summary>Adds independent Gaussian noise to every coordinate of the persons present (AimCLR, AAAI 2022).</summary>
/// <param name="probability">Chance that a view gets it.</param>
/// <param name="deviation">Standard deviation in metres.</param>
public sealed class Noise(double probability, double deviation) : Augmentation(probability)
{
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
