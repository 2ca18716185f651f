namespace PretrainCluster.Cli.Data;

/// <summary>What there is to know about a dataset at a glance.</summary>
/// <param name="Digest">SHA-256 of the dataset.</param>
/// <param name="Bytes">Of all shards.</param>
/// <param name="Lengths">Of all clips.</param>
/// <param name="Splits">Every split, each side for itself.</param>
/// <param name="Description">dataset.json but for its list of shards.</param>
public sealed record DatasetSummary(string Digest, long Bytes, LengthSummary Lengths, IReadOnlyList<SplitSummary> Splits, DatasetDescription Description)
{
    public static DatasetSummary Of(SkeletonDataset dataset, CancellationToken cancellation = default)
    {
        var description = dataset.Description;
        return new DatasetSummary(
            dataset.Digest,
            description.Shards.Sum(shard => shard.Bytes),
            LengthSummary.Of(Samples(dataset.Count), dataset, cancellation),
            [.. description.Splits.Select(split => SplitSummary.Of(split, dataset, cancellation))],
            description with { Shards = [] });
    }

    static IEnumerable<long> Samples(long count)
    {
        for (long sample = 0; sample < count; sample++)
            yield return sample;
    }
}

/// <summary>A split and its two sides.</summary>
public sealed record SplitSummary(string Name, string? Rule, SideSummary Train, SideSummary Test)
{
    public static SplitSummary Of(SplitDescription split, SkeletonDataset dataset, CancellationToken cancellation)
    {
        var sides = dataset.Split(split.Name);
        return new SplitSummary(split.Name, split.Rule, SideSummary.Of(sides.Train, dataset, cancellation), SideSummary.Of(sides.Test, dataset, cancellation));
    }
}

/// <summary>One side of a split.</summary>
/// <param name="Clips">How many.</param>
/// <param name="Classes">Classes with at least one clip.</param>
/// <param name="Subjects">Subjects with at least one clip; 0 where they are unknown.</param>
/// <param name="Views">Views with at least one clip; 0 where they are unknown.</param>
/// <param name="Lengths">Of its clips.</param>
public sealed record SideSummary(long Clips, int Classes, int Subjects, int Views, LengthSummary Lengths)
{
    public static SideSummary Of(IReadOnlyList<long> samples, SkeletonDataset dataset, CancellationToken cancellation)
    {
        var (classes, subjects, views) = (new HashSet<int>(), new HashSet<int>(), new HashSet<int>());
        foreach (var sample in samples)
        {
            cancellation.ThrowIfCancellationRequested();
            classes.Add(dataset.Label(sample));
            subjects.Add(dataset.Subject(sample));
            views.Add(dataset.View(sample));
        }

        return new SideSummary(samples.Count, Known(classes), Known(subjects), Known(views), LengthSummary.Of(samples, dataset, cancellation));
    }

    static int Known(HashSet<int> numbers) => numbers.Count(number => number >= 0);
}
