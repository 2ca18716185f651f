namespace PretrainCluster.Skeletons.Formats.Mat;

/// <summary>A numeric array of MATLAB.</summary>
/// <param name="Shape">At least two lengths; MATLAB drops a last one that is 1.</param>
/// <param name="Values">Column-major: the first index runs fastest.</param>
public sealed record MatArray(IReadOnlyList<int> Shape, double[] Values);
