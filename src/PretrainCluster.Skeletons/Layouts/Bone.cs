namespace PretrainCluster.Skeletons.Layouts;

/// <summary>A bone points from its parent joint to its child; both are 0-based joint indices.</summary>
public readonly record struct Bone(int Child, int Parent);

/// <summary>Two joints that change places when a body is mirrored; 0-based joint indices.</summary>
public readonly record struct JointPair(int Left, int Right);
