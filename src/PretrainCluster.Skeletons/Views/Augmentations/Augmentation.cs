using PretrainCluster.Core;
using PretrainCluster.Core.Plans;
using PretrainCluster.Core.Sampling;
using PretrainCluster.Skeletons.Layouts;

namespace PretrainCluster.Skeletons.Views.Augmentations;

/// <summary>One augmentation of a training view. Parameters and sources: docs/augmentation.md.</summary>
public abstract class Augmentation(double probability)
{
    bool _instead;

    /// <param name="plan">Keys that are null stand for the kind's defaults.</param>
    /// <param name="layout">The dataset's.</param>
    /// <param name="where">The plan's key, for errors.</param>
    /// <param name="upright">Whether the bodies' spines were turned to z.</param>
    /// <exception cref="InputException">The augmentation makes no sense for this layout, or its keys contradict each other.</exception>
    public static Augmentation Create(AugmentationPlan plan, JointLayout layout, string where, bool upright = false)
    {
        if (AugmentationDefaults.UnusedKeys(plan) is [var unused, ..])
            throw new InputException($"{where}: {plan.Kind} does not use {unused}.");
        var resolved = AugmentationDefaults.Resolve(plan);
        var probability = resolved.Probability!.Value;
        Augmentation augmentation = plan.Kind switch
        {
            AugmentationKind.Rotation => new Rotation(probability, resolved.Amount!.Value),
            AugmentationKind.Yaw => new Yaw(probability, resolved.Amount!.Value, upright),
            AugmentationKind.AxisRotation => new AxisRotation(probability, resolved.Amount!.Value, resolved.MinorAmount!.Value),
            AugmentationKind.Shear => new Shear(probability, resolved.Amount!.Value),
            AugmentationKind.JointJitter => new JointJitter(probability, resolved.ZeroProbability!.Value, resolved.Amount!.Value, Affected(resolved, layout, where)),
            AugmentationKind.JointDrop => new JointDrop(probability, Affected(resolved, layout, where)),
            AugmentationKind.Flip => new Flip(probability, layout, where),
            AugmentationKind.Noise => new Noise(probability, resolved.Amount!.Value),
            AugmentationKind.Blur => new Blur(probability, resolved.Kernel!.Value, resolved.MinSigma!.Value, resolved.MaxSigma!.Value, where),
            AugmentationKind.TemporalFlip => new TemporalFlip(probability),
            _ => throw new ArgumentOutOfRangeException(nameof(plan), plan.Kind, "no such augmentation"),
        };
        augmentation._instead = plan.Instead;
        return augmentation;
    }

    /// <summary>Whether this view gets it.</summary>
    /// <param name="before">whether it got the one before it</param>
    public bool Happens(ref CounterRandom random, bool before = false) => !(_instead && before) && random.NextDouble() < probability;

    /// <summary>Changes the view in place.</summary>
    public abstract void Apply(SkeletonView view, ref CounterRandom random);

    static int Affected(AugmentationPlan plan, JointLayout layout, string where) => plan.Joints!.Value <= layout.Joints.Count ? plan.Joints.Value
        : throw new InputException($"{where}: joints is {plan.Joints}, but layout '{layout.Name}' has {layout.Joints.Count}.");
}
