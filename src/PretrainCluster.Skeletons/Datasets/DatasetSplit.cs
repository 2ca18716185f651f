namespace PretrainCluster.Skeletons.Datasets;

/// <summary>The two sides of a split, as indices into the dataset.</summary>
public sealed record DatasetSplit(string Name, SampleIndices Train, SampleIndices Test);
