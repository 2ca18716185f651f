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

    /// <summary>Contrast of two views with a momentum encoder and a queue (MoCo v2, He et al., CVPR 2020, and Chen et al., arXiv 2003.04297).</summary>
    Moco,

    /// <summary>Contrast of a view with the nearest neighbour of the other (NNCLR, Dwibedi et al., ICCV 2021).</summary>
    Nnclr,

    /// <summary>A teacher's features predicted at hidden tokens, and of a clip's other view (iBOT, Zhou et al., ICLR 2022, and DINO, Caron et al., ICCV 2021).</summary>
    MaskedFeatures,

    /// <summary>Masked joints of frames, motion of windows, order and end of videos (Hi-TRS, Chen et al., ECCV 2022).</summary>
    HiTrs,

    /// <summary>Contrast of the views of a batch with each other (SimCLR, Chen et al., ICML 2020).</summary>
    Simclr,

    /// <summary>Views alike, spread kept, nothing redundant (VICReg, Bardes et al., ICLR 2022), as UmURL trains; of USDRL's loss the cross-correlation of embeddings is missing.</summary>
    Vicreg,

    /// <summary>Momentum contrast between two encoders that see a skeleton differently (skeleton-contrast, Thoker et al., ACM MM 2021).</summary>
    InterSkeleton,

    /// <summary>Contrast of whole clips, and of their salient and other features that attention tells apart (SkeAttnCLR, Hua et al., IJCAI 2023).</summary>
    Skeattnclr,
}
