using System.Buffers;
using System.Numerics.Tensors;

namespace PretrainCluster.Skeletons.Views.Augmentations;

/// <summary>
/// Gaussian blur along time; its standard deviation in frames is uniform in [smallest, largest] (AimCLR, AAAI 2022). Weights sum to one over
/// the frames that exist, where AimCLR's code leaves them unscaled and pads with zeros, so that bodies grow up to fivefold and shrink at the ends.
/// </summary>
public sealed class Blur : Augmentation
{
    [Kind("blur", "Gaussian blur along time (AimCLR; Guo et al., AAAI 2022)")]
    public sealed record Settings : AugmentationSettings
    {
        public Settings() => Probability = 0.5;

        [Description("kernel length in frames, odd"), Range(1, 255)]
        public int Kernel { get; init; } = 15;

        [Description("smallest standard deviation of the kernel, in frames"), Range(0.01, 100)]
        public double MinSigma { get; init; } = 0.1;

        [Description("largest standard deviation of the kernel, in frames"), Range(0.01, 100)]
        public double MaxSigma { get; init; } = 2;

        public override Augmentation Create(JointLayout layout, string where, bool upright) => new Blur(Probability, Kernel, MinSigma, MaxSigma, where);

        public override IEnumerable<(string Path, string Message)> Problems(string at, DataShape? shape)
        {
            if (MinSigma > MaxSigma)
                yield return ($"{at}.min_sigma", $"at most max_sigma, {PlanKey.Format(MaxSigma)}, is expected, not {PlanKey.Format(MinSigma)}");
            if (Kernel % 2 == 0)
                yield return ($"{at}.kernel", $"an odd number is expected, not {Kernel}");
        }
    }

    readonly int _radius;
    readonly double _smallest, _largest;

    public Blur(double probability, int kernel, double smallest, double largest, string where) : base(probability)
    {
        if (kernel % 2 == 0)
            throw new InputException($"{where}: kernel is {kernel}; a blur needs an odd number of frames, to have a middle.");
        if (smallest > largest)
            throw new InputException($"{where}: min_sigma {smallest} is larger than max_sigma {largest}.");
        (_radius, _smallest, _largest) = (kernel / 2, smallest, largest);
    }

    public override void Apply(SkeletonView view, ref CounterRandom random)
    {
        var sigma = random.NextDouble(_smallest, _largest);
        Span<float> weights = stackalloc float[2 * _radius + 1];
        for (var i = 0; i < weights.Length; i++)
            weights[i] = (float)Math.Exp(-(i - _radius) * (i - _radius) / (2 * sigma * sigma));
        var perFrame = view.Joints * 3;
        var rented = ArrayPool<float>.Shared.Rent(view.Frames * perFrame);
        for (var person = 0; person < view.Persons; person++)
        {
            var sharp = rented.AsSpan(0, view.Frames * perFrame);
            view.Person(person).CopyTo(sharp);
            for (var frame = 0; frame < view.Frames; frame++)
                BlurFrame(sharp, weights, frame, view.Frames, view.Frame(person, frame));
        }
        ArrayPool<float>.Shared.Return(rented);
    }

    void BlurFrame(ReadOnlySpan<float> sharp, ReadOnlySpan<float> weights, int frame, int frames, Span<float> blurred)
    {
        blurred.Clear();
        var total = 0f;
        for (var other = Math.Max(0, frame - _radius); other <= Math.Min(frames - 1, frame + _radius); other++)
        {
            var weight = weights[other - frame + _radius];
            TensorPrimitives.FusedMultiplyAdd(sharp.Slice(other * blurred.Length, blurred.Length), weight, blurred, blurred);
            total += weight;
        }
        TensorPrimitives.Divide(blurred, total, blurred);
    }
}

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
