namespace PretrainCluster.Skeletons.Import;

/// <summary>Skeleton files in one of the formats that people have on disk. Read once, in order, one sample at a time.</summary>
public interface ISkeletonSource : IDisposable
{
    SourceFacts Facts { get; }

    /// <summary>Every split that the source knows.</summary>
    IReadOnlyList<SplitRule> Splits { get; }

    /// <exception cref="Core.InputException">The source as a whole cannot be used.</exception>
    IEnumerable<Sample> Read();

    /// <summary>What was read, with digests; only after <see cref="Read"/> has ended.</summary>
    IReadOnlyList<SourceFile> Files();
}

/// <summary>What is known of a source before its first sample.</summary>
/// <param name="Format">The name of its <see cref="SourceFormat"/>.</param>
/// <param name="Layout">Of every sample.</param>
/// <param name="Persons">Most persons in a sample.</param>
/// <param name="Classes">Names in the order of the labels.</param>
/// <param name="Preprocessing">What is done to the coordinates here.</param>
/// <param name="Samples">How many <see cref="ISkeletonSource.Read"/> gives.</param>
/// <param name="Unknown">What the format cannot say, in words.</param>
/// <param name="Notes">What was concluded, in words.</param>
public sealed record SourceFacts(
    string Format,
    JointLayout Layout,
    int Persons,
    IReadOnlyList<string> Classes,
    string Preprocessing,
    long Samples,
    IReadOnlyList<string> Unknown,
    IReadOnlyList<string> Notes)
{
    /// <summary>Whether the coordinates are x and y in an image, with the joint's score in place of z; such are not centred on a joint.</summary>
    public bool Planar { get; init; }
}
