namespace PretrainCluster.Learning.Objectives;

/// <summary>What SkeletonMAE masks.</summary>
public enum SkeletonMasking
{
    /// <summary>The same joints in all frames.</summary>
    Joint,

    /// <summary>Whole frames.</summary>
    Frame,

    /// <summary>Both.</summary>
    SpatialTemporal,
}
