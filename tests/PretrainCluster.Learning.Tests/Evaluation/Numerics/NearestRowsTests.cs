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
        var found = NearestRows.ByCosine(gallery).Find(queries, 10, pool);
        for (var q = 0; q < queries.Clips; q++)
        {
            var expected = Enumerable.Range(0, gallery.Clips).OrderByDescending(g => Dot(queries.Row(q), gallery.Row(g))).Take(10);
            Assert.Equal(expected, found[q]);
        }
    }

    [Fact]
    public void Find_ByDistance_IsBruteForce()
    {
        using var pool = new LanePool(2);
        var source = new SyntheticFeatures(5, 21, 0.5);
        var found = NearestRows.ByDistance(source.Train).Find(source.Test, 3, pool);
        for (var q = 0; q < source.Test.Clips; q++)
        {
            var expected = Enumerable.Range(0, source.Train.Clips).OrderBy(g => Distance(source.Test.Row(q), source.Train.Row(g))).Take(3);
            Assert.Equal(expected, found[q]);
        }
    }

    [Fact]
    public void Find_EqualDistances_InOrderOfIndex()
    {
        using var pool = new LanePool(1);
        var gallery = new FeatureSet([0, 1, 1, 0, 1, 0, 0, 1, 1, 0], 2, [0, 1, 2, 3, 4]);
        var found = NearestRows.ByCosine(gallery).Find(new FeatureSet([1, 0], 2, [0]), 5, pool);
        Assert.Equal([1, 2, 4, 0, 3], found[0]);
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
