namespace PretrainCluster.Skeletons.Import;

/// <summary>What an import did.</summary>
/// <param name="Facts">What was known before.</param>
/// <param name="Dataset">As it was written.</param>
/// <param name="LeftOut">Every sample that is not in the dataset, with its reason.</param>
/// <param name="Duplicates">Every test clip whose coordinates its split also trains on.</param>
public sealed record ImportReport(
    SourceFacts Facts,
    DatasetDescription Dataset,
    IReadOnlyList<LeftOutSample> LeftOut,
    IReadOnlyList<DuplicateClip> Duplicates);

/// <summary>Two clips of one split with equal coordinates.</summary>
/// <param name="Split">The split between whose sides they stand.</param>
/// <param name="Test">The clip on the test side.</param>
/// <param name="Train">The first such clip on the training side.</param>
public sealed record DuplicateClip(string Split, string Test, string Train);
