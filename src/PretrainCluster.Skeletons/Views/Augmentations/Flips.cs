namespace PretrainCluster.Skeletons.Views.Augmentations;

/// <summary>Left and right joints change places; coordinates stay (AimCLR, AAAI 2022).</summary>
public sealed class Flip : Augmentation
{
    [Kind("flip", "left and right joints change places (AimCLR; Guo et al., AAAI 2022)")]
    public sealed record Settings : AugmentationSettings
    {
        public Settings() => Probability = 0.5;

        public override Augmentation Create(JointLayout layout, string where, bool upright) => new Flip(Probability, layout, where);
    }

    readonly JointPair[] _pairs;

    /// <exception cref="InputException">The layout has no left-right pairs.</exception>
    public Flip(double probability, JointLayout layout, string where) : base(probability)
    {
        if (layout.Pairs.Count == 0)
            throw new InputException($"{where}: flip needs left-right pairs, and joint layout '{layout.Name}' has none; add them to the layout, or leave flip out.");
        _pairs = [.. layout.Pairs];
    }

    public override void Apply(SkeletonView view, ref CounterRandom random)
    {
        for (var start = 0; start < view.Values.Length; start += view.Joints * 3)
        {
            var frame = view.Values.Slice(start, view.Joints * 3);
            foreach (var (left, right) in _pairs)
            {
                for (var axis = 0; axis < 3; axis++)
                    (frame[left * 3 + axis], frame[right * 3 + axis]) = (frame[right * 3 + axis], frame[left * 3 + axis]);
            }
        }
    }
}

/// <summary>Plays the view backwards (AimCLR, AAAI 2022).</summary>
public sealed class TemporalFlip(double probability) : Augmentation(probability)
{
    [Kind("temporal_flip", "the view played backwards (AimCLR; Guo et al., AAAI 2022)")]
    public sealed record Settings : AugmentationSettings
    {
        public Settings() => Probability = 0.5;

        public override Augmentation Create(JointLayout layout, string where, bool upright) => new TemporalFlip(Probability);
    }

    public override void Apply(SkeletonView view, ref CounterRandom random)
    {
        for (var person = 0; person < view.Persons; person++)
        {
            for (var (early, late) = (0, view.Frames - 1); early < late; early++, late--)
                Swap(view.Frame(person, early), view.Frame(person, late));
        }
    }

    static void Swap(Span<float> a, Span<float> b)
    {
        for (var i = 0; i < a.Length; i++)
            (a[i], b[i]) = (b[i], a[i]);
    }
}
