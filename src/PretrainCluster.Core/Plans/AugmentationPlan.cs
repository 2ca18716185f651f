using System.ComponentModel;
using System.ComponentModel.DataAnnotations;

namespace PretrainCluster.Core.Plans;

/// <summary>One augmentation. Keys that a kind does not use are refused; a null stands for that kind's published default (<see cref="AugmentationDefaults"/>).</summary>
public sealed record AugmentationPlan
{
    [Description("what is done to the view")]
    public required AugmentationKind Kind { get; init; }

    [Description("chance that a view gets it"), Range(0, 1)]
    public double? Probability { get; init; }

    [Description("only for views that did not get the augmentation before it, so that of the two a view gets one at most"), AddedLater]
    public bool Instead { get; init; }

    [Description("rotation: largest Euler angle in radians; axis_rotation: largest angle about the main axis in radians; yaw: largest angle about the vertical axis in radians; shear: largest off-diagonal; noise: standard deviation in metres; joint_jitter: largest matrix entry"), Range(0, 10)]
    public double? Amount { get; init; }

    [Description("axis_rotation: largest angle about the two other axes, in radians"), Range(0, 10)]
    public double? MinorAmount { get; init; }

    [Description("joint_jitter, joint_drop: joints affected"), Range(1, 1024)]
    public int? Joints { get; init; }

    [Description("joint_jitter: chance that the joints are set to zero rather than transformed"), Range(0, 1)]
    public double? ZeroProbability { get; init; }

    [Description("blur: kernel length in frames, odd"), Range(1, 255)]
    public int? Kernel { get; init; }

    [Description("blur: smallest standard deviation of the kernel, in frames"), Range(0.01, 100)]
    public double? MinSigma { get; init; }

    [Description("blur: largest standard deviation of the kernel, in frames"), Range(0.01, 100)]
    public double? MaxSigma { get; init; }
}
