namespace PretrainCluster.Core.Plans;

/// <summary>The self-supervised objectives.</summary>
public enum ObjectiveKind
{
    /// <summary>Masked motion prediction with motion-aware masking (MAMP, ICCV 2023).</summary>
    MaskedMotion,

    /// <summary>Masked coordinates with random masking (the MAE baseline of MAMP's authors).</summary>
    MaskedCoordinates,

    /// <summary>Joint-level and frame-level masking (SkeletonMAE, Wu et al., ICMEW 2023).</summary>
    SkeletonMae,
}
