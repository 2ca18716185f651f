namespace PretrainCluster.Core.Plans;

/// <summary>The kinds of augmentation; REFERENCE names and defaults stand in docs/augmentation.md.</summary>
public enum AugmentationKind
{
    Rotation,
    AxisRotation,
    Yaw,
    Shear,
    JointJitter,
    JointDrop,
    Flip,
    Noise,
    Blur,
    TemporalFlip,
}
