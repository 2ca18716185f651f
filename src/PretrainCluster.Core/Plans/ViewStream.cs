namespace PretrainCluster.Core.Plans;

/// <summary>What an encoder sees of a view (2s-AGCN, Shi et al., CVPR 2019, and the methods after it). Several encoders, one a stream, are fused by their scores.</summary>
public enum ViewStream
{
    /// <summary>Coordinates.</summary>
    Joint,

    /// <summary>A joint minus its parent, along the layout's bones; 0 for the joint without one.</summary>
    Bone,

    /// <summary>The next frame minus this one; 0 in the last.</summary>
    Motion,
}
