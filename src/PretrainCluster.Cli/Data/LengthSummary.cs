namespace PretrainCluster.Cli.Data;

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
