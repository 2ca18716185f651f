using PretrainCluster.Learning.Evaluation.Features;
using PretrainCluster.Learning.Evaluation.Numerics;
using PretrainCluster.Learning.Lanes;

namespace PretrainCluster.Learning.Tests.Evaluation.Numerics;

public sealed class NearestRowsTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public void Find_ByCosine_IsBruteForce(int lanes)
    {
        using var pool = new LanePool(lanes);
        var source = new SyntheticFeatures(5, 21, 0.5);
        var (gallery, queries) = (source.Train.Normalized(), source.Test.Normalized());
        var found = NearestRows.ByCosine(gallery, queries, 10, pool);
        for (var q = 0; q < queries.Clips; q++)
        {
            var expected = Enumerable.Range(0, gallery.Clips).OrderByDescending(g => Dot(queries.Row(q), gallery.Row(g))).Take(10);
            Assert.Equal(expected, found[q].Rows);
            Assert.All(found[q].Rows, (row, i) => Assert.Equal(Dot(queries.Row(q), gallery.Row(row)), found[q].Scores[i], 1e-6));
        }
    }

    [Fact]
    public void Find_ByDistance_IsBruteForce()
    {
        using var pool = new LanePool(2);
        var source = new SyntheticFeatures(5, 21, 0.5);
        var found = NearestRows.ByDistance(source.Train, source.Test, 3, pool);
        for (var q = 0; q < source.Test.Clips; q++)
        {
            var expected = Enumerable.Range(0, source.Train.Clips).OrderBy(g => Distance(source.Test.Row(q), source.Train.Row(g))).Take(3);
            Assert.Equal(expected, found[q].Rows);
        }
    }

    [Fact]
    public void Find_EqualDistances_InOrderOfIndex()
    {
        using var pool = new LanePool(1);
        var gallery = new FeatureSet([0, 1, 1, 0, 1, 0, 0, 1, 1, 0], 2, [0, 1, 2, 3, 4]);
        var found = NearestRows.ByCosine(gallery, new FeatureSet([1, 0], 2, [0]), 5, pool);
        Assert.Equal([1, 2, 4, 0, 3], found[0].Rows);
        Assert.Equal([1], NearestRows.Nearest(gallery, new FeatureSet([1, 0], 2, [0])));
    }

    /// <summary>A product treats the columns at its edge otherwise than those within, so a clip that is there more than once must not score higher by its place.</summary>
    [Theory]
    [InlineData(5, 37)]
    [InlineData(203, 128)]
    [InlineData(1001, 301)]
    public void Find_TheSameClipManyTimes_InOrderOfIndex(int copies, int width)
    {
        using var pool = new LanePool(2);
        var clip = new SyntheticFeatures(1, 1, separation: 1, width: width).Train.Normalized();
        var gallery = clip.Select(new int[copies]);
        var queries = new SyntheticFeatures(1, 150, separation: 1, seed: 3, width: width).Train.Normalized();
        Assert.All(NearestRows.ByCosine(gallery, queries, 5, pool), found => Assert.Equal([0, 1, 2, 3, 4], found.Rows));
        Assert.All(NearestRows.ByDistance(gallery, queries, 5, pool), found => Assert.Equal([0, 1, 2, 3, 4], found.Rows));
        Assert.All(NearestRows.Nearest(gallery, queries), row => Assert.Equal(0, row));
    }

    [Theory]
    [InlineData(2)]
    [InlineData(3)]
    public void Find_AnyLanes_SameBits(int lanes)
    {
        using var alone = new LanePool(1);
        using var pool = new LanePool(lanes);
        var source = new SyntheticFeatures(7, 101, separation: 0.5, width: 67);
        var (one, several) = (NearestRows.ByDistance(source.Train, source.Test, 4, alone), NearestRows.ByDistance(source.Train, source.Test, 4, pool));
        Assert.Equal(one.Select(found => found.Rows), several.Select(found => found.Rows));
        Assert.Equal(one.SelectMany(found => found.Scores), several.SelectMany(found => found.Scores));
    }

    static double Dot(ReadOnlySpan<float> a, ReadOnlySpan<float> b)
    {
        var sum = 0.0;
        for (var i = 0; i < a.Length; i++)
            sum += (double)a[i] * b[i];
        return sum;
    }

    static double Distance(ReadOnlySpan<float> a, ReadOnlySpan<float> b)
    {
        var sum = 0.0;
        for (var i = 0; i < a.Length; i++)
            sum += ((double)a[i] - b[i]) * ((double)a[i] - b[i]);
        return sum;
    }
}
