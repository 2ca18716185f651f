namespace PretrainCluster.Core.Plans;

/// <summary>What encodes a clip.</summary>
public enum EncoderKind
{
    /// <summary>The skeleton transformer of MAMP (Mao et al., ICCV 2023); the one that has tokens, which masked objectives hide.</summary>
    Transformer,

    /// <summary>Spatial temporal graph convolutions (Yan et al., AAAI 2018), as SkeletonCLR has them.</summary>
    StGcn,
}
