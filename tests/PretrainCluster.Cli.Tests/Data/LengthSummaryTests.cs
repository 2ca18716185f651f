using PretrainCluster.Cli.Data;

namespace PretrainCluster.Cli.Tests.Data;

public class LengthSummaryTests
{
    [Fact]
    public void Of_KnownLengths_GivesMedianAndHistogram()
    {
        var counts = new long[101];
        foreach (var length in new[] { 1, 10, 11, 30, 100 })
            counts[length]++;

        var summary = LengthSummary.Of(counts);

        Assert.Equal((1, 11, 100, 10), (summary.Shortest, summary.Median, summary.Longest, summary.BinWidth));
        Assert.Equal([2, 1, 1, 0, 0, 0, 0, 0, 0, 1], summary.Histogram);
    }

    [Fact]
    public void Of_OneFrameClips_HasOneBin() => Assert.Equal([7], LengthSummary.Of([0, 7]).Histogram);

    [Fact]
    public void Of_NoClips_IsEmpty() => Assert.Empty(LengthSummary.Of([0, 0, 0]).Histogram);
}
