using PretrainCluster.Core.Sampling;

namespace PretrainCluster.Skeletons.Views.Augmentations;

/// <summary>A rotation mostly about one axis, drawn among three: its angle is uniform in [0, largest], the others' in [0, minor] radians (AimCLR, AAAI 2022).</summary>
public sealed class AxisRotation(double probability, double largest, double minor) : LinearAugmentation(probability)
{
    public override LinearMap Draw(ref CounterRandom random)
    {
        var main = random.Next(3);
        return LinearMap.Rotation(Angle(0, ref random), Angle(1, ref random), Angle(2, ref random));

        double Angle(int axis, ref CounterRandom random) => random.NextDouble(0, axis == main ? largest : minor);
    }
}
