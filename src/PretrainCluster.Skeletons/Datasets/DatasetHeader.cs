namespace PretrainCluster.Skeletons.Datasets;

/// <summary>What is known of a dataset before its first clip.</summary>
/// <param name="Name">Such as ntu60.</param>
/// <param name="Layout">Of every clip.</param>
/// <param name="Persons">Places for persons in every clip; clips with fewer are filled up with zeros.</param>
/// <param name="Classes">Names in the order of the labels.</param>
/// <param name="Preprocessing">What was done to the coordinates.</param>
/// <param name="Coordinates">How they are stored.</param>
public sealed record DatasetHeader(
    string Name,
    JointLayout Layout,
    int Persons,
    IReadOnlyList<string> Classes,
    string Preprocessing,
    CoordinateType Coordinates = CoordinateType.Float32);

/// <summary>How a dataset is written.</summary>
public sealed record DatasetWriterOptions
{
    /// <summary>A shard's coordinates take at most this many bytes, unless a single clip takes more.</summary>
    public long ShardBytes { get; init; } = 64 << 20;

    /// <summary>Replaces a dataset that is already in the folder; a folder that holds anything else is never touched.</summary>
    public bool Replace { get; init; }
}
