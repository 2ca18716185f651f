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

/// <summary>Clip lengths in frames.</summary>
/// <param name="Shortest">0 where there are no clips.</param>
/// <param name="Median">The lower one of two.</param>
/// <param name="Longest">0 where there are no clips.</param>
/// <param name="BinWidth">Frames per bin of the histogram.</param>
/// <param name="Histogram">Clips of length 1 to BinWidth, then up to 2 BinWidth, and so on.</param>
public sealed record LengthSummary(int Shortest, int Median, int Longest, int BinWidth, IReadOnlyList<long> Histogram)
{
    const int Bins = 15;

    public static LengthSummary Of(IEnumerable<long> samples, SkeletonDataset dataset, CancellationToken cancellation = default)
    {
        var counts = new long[dataset.Description.LongestClip + 1];
        foreach (var sample in samples)
        {
            cancellation.ThrowIfCancellationRequested();
            counts[dataset.Frames(sample)]++;
        }

        return Of(counts);
    }

    /// <param name="counts">At index n, how many clips have n frames.</param>
    public static LengthSummary Of(IReadOnlyList<long> counts)
    {
        var clips = counts.Sum();
        if (clips == 0)
            return new LengthSummary(0, 0, 0, 1, []);

        var lengths = Enumerable.Range(0, counts.Count).Where(length => counts[length] > 0).ToList();
        var width = RoundUp((lengths[^1] + Bins - 1) / Bins);
        var histogram = new long[((lengths[^1] - 1) / width) + 1];
        foreach (var length in lengths)
            histogram[(length - 1) / width] += counts[length];
        return new LengthSummary(lengths[0], MedianOf(counts, clips), lengths[^1], width, histogram);
    }

    static int MedianOf(IReadOnlyList<long> counts, long clips)
    {
        var (length, passed) = (0, counts[0]);
        while (2 * passed < clips)
            passed += counts[++length];
        return length;
    }

    /// <summary>To 1, 2 or 5 times a power of ten.</summary>
    static int RoundUp(int width)
    {
        var step = 1;
        while (true)
        {
            foreach (var factor in new[] { 1, 2, 5 })
                if (factor * step >= width)
                    return factor * step;
            step *= 10;
        }
    }
}
