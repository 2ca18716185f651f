namespace PretrainCluster.Skeletons.Views.Augmentations;

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
