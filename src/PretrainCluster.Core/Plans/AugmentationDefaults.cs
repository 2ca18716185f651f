using System.Reflection;

namespace PretrainCluster.Core.Plans;

/// <summary>
/// Which keys each augmentation uses, and their published values: MAMP (rotation), CTR-GCN on NW-UCLA (yaw), AimCLR (axis_rotation, flip, noise, blur, temporal_flip),
/// skeleton-contrast (shear, joint_jitter). AimCLR's shear has amount 0.5.
/// </summary>
public static class AugmentationDefaults
{
    const double Degree = Math.PI / 180;

    static readonly PropertyInfo[] Keys = [.. typeof(AugmentationPlan).GetProperties()
        .Where(property => Nullable.GetUnderlyingType(property.PropertyType) is not null)];

    /// <summary>The kind with every key that it uses set; what is null here, it does not use.</summary>
    public static AugmentationPlan Of(AugmentationKind kind) => kind switch
    {
        AugmentationKind.Rotation => new() { Kind = kind, Probability = 1, Amount = 0.3 },
        AugmentationKind.AxisRotation => new() { Kind = kind, Probability = 1, Amount = 30 * Degree, MinorAmount = Degree },
        AugmentationKind.Yaw => new() { Kind = kind, Probability = 1, Amount = 60 * Degree },
        AugmentationKind.Shear => new() { Kind = kind, Probability = 1, Amount = 1 },
        AugmentationKind.JointJitter => new() { Kind = kind, Probability = 1, Amount = 1, Joints = 15, ZeroProbability = 0.5 },
        AugmentationKind.JointDrop => new() { Kind = kind, Probability = 0.5, Joints = 5 },
        AugmentationKind.Flip => new() { Kind = kind, Probability = 0.5 },
        AugmentationKind.Noise => new() { Kind = kind, Probability = 0.5, Amount = 0.01 },
        AugmentationKind.Blur => new() { Kind = kind, Probability = 0.5, Kernel = 15, MinSigma = 0.1, MaxSigma = 2 },
        AugmentationKind.TemporalFlip => new() { Kind = kind, Probability = 0.5 },
        _ => throw new ArgumentOutOfRangeException(nameof(kind), kind, "no such augmentation"),
    };

    /// <summary>The plan with the kind's defaults where it has nulls.</summary>
    public static AugmentationPlan Resolve(AugmentationPlan plan)
    {
        var defaults = Of(plan.Kind);
        return plan with
        {
            Probability = plan.Probability ?? defaults.Probability,
            Amount = plan.Amount ?? defaults.Amount,
            MinorAmount = plan.MinorAmount ?? defaults.MinorAmount,
            Joints = plan.Joints ?? defaults.Joints,
            ZeroProbability = plan.ZeroProbability ?? defaults.ZeroProbability,
            Kernel = plan.Kernel ?? defaults.Kernel,
            MinSigma = plan.MinSigma ?? defaults.MinSigma,
            MaxSigma = plan.MaxSigma ?? defaults.MaxSigma,
        };
    }

    /// <summary>Names (in Pascal case) of the keys that the kind uses.</summary>
    public static IReadOnlyList<string> UsedKeys(AugmentationKind kind)
    {
        var defaults = Of(kind);
        return [.. Keys.Where(key => key.GetValue(defaults) is not null).Select(key => key.Name)];
    }

    /// <summary>Names (in Pascal case) of the keys that are set, and that the kind does not use.</summary>
    public static IReadOnlyList<string> UnusedKeys(AugmentationPlan plan)
    {
        var used = UsedKeys(plan.Kind);
        return [.. Keys.Where(key => key.GetValue(plan) is not null).Select(key => key.Name).Except(used)];
    }
}
