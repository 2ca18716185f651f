namespace PretrainCluster.Skeletons.Import;

/// <summary>How a source becomes a dataset.</summary>
public sealed record ImportOptions
{
    /// <summary>The dataset's name; its folder's by default.</summary>
    public string? Name { get; init; }

    /// <summary>Names of the splits to write; empty for all that the source knows.</summary>
    public IReadOnlyList<string> Splits { get; init; } = [];

    public CoordinateType Coordinates { get; init; } = CoordinateType.Float32;

    /// <summary>Takes a clip off a split's test side where its coordinates are also on the training side. Otherwise a second split does without it.</summary>
    public bool ExcludeDuplicates { get; init; }

    /// <summary>Replaces a dataset that is already there.</summary>
    public bool Replace { get; init; }
}

/// <summary>How far an import is.</summary>
public readonly record struct ImportProgress(long Done, long Total, long LeftOut);
