namespace PretrainCluster.Core.Plans;

/// <summary>The fixed graph of a graph convolution over joints.</summary>
public enum GraphKind
{
    /// <summary>ST-GCN's: a joint itself, neighbours farther from the body's centre, neighbours nearer to it.</summary>
    Spatial,

    /// <summary>AGCN's: a joint itself, along the bones, against them.</summary>
    Directed,
}
