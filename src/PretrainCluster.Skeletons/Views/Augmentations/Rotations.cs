using System.Buffers;

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

/// <summary>An augmentation that is one linear map of space. Several in a row, at the start of a plan, cost as much as one: they are applied while resizing.</summary>
public abstract class LinearAugmentation(double probability) : Augmentation(probability)
{
    const int BlockFloats = 48 * 64;

    public abstract LinearMap Draw(ref CounterRandom random);

    public override void Apply(SkeletonView view, ref CounterRandom random)
    {
        var kernel = new LinearMapKernel(Draw(ref random), stackalloc float[LinearMapKernel.CoefficientCount]);
        var block = ArrayPool<float>.Shared.Rent(BlockFloats + 2 * LinearMapKernel.Margin);
        block.AsSpan(0, LinearMapKernel.Margin).Clear();
        for (var start = 0; start < view.Values.Length; start += BlockFloats)
        {
            var part = view.Values.Slice(start, Math.Min(BlockFloats, view.Values.Length - start));
            part.CopyTo(block.AsSpan(LinearMapKernel.Margin));
            block.AsSpan(LinearMapKernel.Margin + part.Length, LinearMapKernel.Margin).Clear();
            kernel.Apply(block.AsSpan(0, part.Length + 2 * LinearMapKernel.Margin), part);
        }
        ArrayPool<float>.Shared.Return(block);
    }
}
