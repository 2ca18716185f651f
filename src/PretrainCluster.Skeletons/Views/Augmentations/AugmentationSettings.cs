namespace PretrainCluster.Skeletons.Views.Augmentations;

/// <summary>The keys of an augmentation. A kind derives a record from it, with a <see cref="KindAttribute"/>, beside the class that it makes.</summary>
public abstract record AugmentationSettings : AugmentationPlan
{
    /// <param name="layout">the dataset's</param>
    /// <param name="where">the plan's key, for errors</param>
    /// <param name="upright">whether the bodies' spines were turned to z</param>
    /// <exception cref="InputException">The augmentation makes no sense for this layout, or its keys contradict each other.</exception>
    public abstract Augmentation Create(JointLayout layout, string where, bool upright);
}
