namespace PretrainCluster.Core.Plans;

/// <summary>What encodes a clip.</summary>
public enum EncoderKind
{
    /// <summary>The skeleton transformer of MAMP (Mao et al., ICCV 2023); the one that has tokens, which masked objectives hide.</summary>
    Transformer,

    /// <summary>Spatial temporal graph convolutions (Yan et al., AAAI 2018), as SkeletonCLR has them.</summary>
    StGcn,

    /// <summary>Gated recurrent units over frames, as in skeleton-contrast (Thoker et al., ACM MM 2021) and CMD (Mao et al., ECCV 2022).</summary>
    Bigru,

    /// <summary>Hierarchical co-occurrence network (Li et al., IJCAI 2018): convolutions over joints and frames as over an image.</summary>
    Hcn,

    /// <summary>Adaptive graph convolutions, one stream of 2s-AGCN (Shi et al., CVPR 2019).</summary>
    AGcn,

    /// <summary>Transformers of frames, windows and videos (Hi-TRS, Chen et al., ECCV 2022).</summary>
    HiTrs,
}
