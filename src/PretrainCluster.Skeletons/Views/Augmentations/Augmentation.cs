namespace PretrainCluster.Skeletons.Views.Augmentations;

/// <summary>One augmentation of a training view. Parameters and sources: docs/augmentation.md.</summary>
public abstract class Augmentation(double probability)
{
    bool _instead;

    /// <param name="layout">The dataset's.</param>
    /// <param name="where">The plan's key, for errors.</param>
    /// <param name="upright">Whether the bodies' spines were turned to z.</param>
    /// <exception cref="Core.InputException">The augmentation makes no sense for this layout, or its keys contradict each other.</exception>
    public static Augmentation Create(AugmentationPlan plan, JointLayout layout, string where, bool upright = false)
    {
        var augmentation = plan.As<AugmentationSettings>().Create(layout, where, upright);
        augmentation._instead = plan.Instead;
        return augmentation;
    }

    /// <summary>Whether this view gets it.</summary>
    /// <param name="before">whether it got the one before it</param>
    public bool Happens(ref CounterRandom random, bool before = false) => !(_instead && before) && random.NextDouble() < probability;

    /// <summary>Changes the view in place.</summary>
    public abstract void Apply(SkeletonView view, ref CounterRandom random);
}

/// <summary>The keys of an augmentation. A kind derives a record from it, with a <see cref="KindAttribute"/>, beside the class that it makes.</summary>
public abstract record AugmentationSettings : AugmentationPlan
{
    /// <param name="layout">the dataset's</param>
    /// <param name="where">the plan's key, for errors</param>
    /// <param name="upright">whether the bodies' spines were turned to z</param>
    /// <exception cref="InputException">The augmentation makes no sense for this layout, or its keys contradict each other.</exception>
    public abstract Augmentation Create(JointLayout layout, string where, bool upright);
}
