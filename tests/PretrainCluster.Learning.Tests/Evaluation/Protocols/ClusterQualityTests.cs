using PretrainCluster.Core;
using PretrainCluster.Learning.Evaluation.Features;
using PretrainCluster.Learning.Evaluation.Numerics;
using PretrainCluster.Learning.Evaluation.Protocols;
using PretrainCluster.Learning.Lanes;

namespace PretrainCluster.Learning.Tests.Evaluation.Protocols;

public sealed class ClusterQualityTests
{
    readonly LanePool _lanes = new(2);

    /// <summary>By hand: a clustering that splits one of two classes in two has entropies 1.5 ln 2 and ln 2 and shares ln 2, so 1 / 1.25.</summary>
    [Theory]
    [InlineData(new[] { 0, 0, 1, 2 }, new[] { 3, 3, 5, 5 }, 0.8)]
    [InlineData(new[] { 0, 0, 1, 1 }, new[] { 1, 1, 0, 0 }, 1)]
    [InlineData(new[] { 0, 0, 1, 1 }, new[] { 0, 1, 0, 1 }, 0)]
    [InlineData(new[] { 0, 0, 1, 1 }, new[] { 0, 0, 0, 0 }, 0)]
    [InlineData(new[] { 0, 0 }, new[] { 4, 4 }, 1)]
    public void NormalizedMutualInformation_SmallLabellings_AsByHand(int[] one, int[] other, double expected)
        => Assert.Equal(expected, ClusterMeasures.NormalizedMutualInformation(one, other), 1e-12);

    [Fact]
    public void Silhouette_EveryPair_IsTheDefinitions()
    {
        var rows = new SyntheticFeatures(4, 7, separation: 0.7).Test.Normalized();
        int[] labels = [.. rows.Labels[..^1], 9];
        var set = new FeatureSet(rows.Values, rows.Width, labels);
        var expected = Enumerable.Range(0, set.Clips).Average(i =>
        {
            var means = Enumerable.Range(0, set.Clips).Where(j => j != i).GroupBy(j => labels[j]).ToDictionary(g => g.Key, g => g.Average(j => Distance(set, i, j)));
            if (!means.TryGetValue(labels[i], out var a))
                return 0;
            var b = means.Where(mean => mean.Key != labels[i]).Min(mean => mean.Value);
            return (b - a) / Math.Max(a, b);
        });
        Assert.Equal(expected, ClusterMeasures.Silhouette(set), 1e-6);
    }

    [Fact]
    public void Cluster_SeparateBlobs_AreFound()
    {
        var blobs = new SyntheticFeatures(6, 20, separation: 8).Test;
        var found = KMeans.Cluster(blobs, 6, seed: 1, _lanes);
        Assert.Equal(1, ClusterMeasures.NormalizedMutualInformation(blobs.Labels, found), 1e-12);
        using var alone = new LanePool(1);
        Assert.Equal(found, KMeans.Cluster(blobs, 6, seed: 1, alone));
    }

    [Fact]
    public void Cluster_FewerPlacesThanClusters_Ends()
        => Assert.Equal(4, KMeans.Cluster(new FeatureSet([1, 1, 1, 2], 1, [0, 0, 0, 1]), 3, seed: 1, _lanes).Length);

    [Fact]
    public void Evaluate_Separation_RaisesBothFigures()
    {
        var (near, far) = (Evaluate(0.3), Evaluate(3));
        Assert.Equal(["NMI of k-means", "silhouette"], far.Measurements.Select(m => m.Name));
        Assert.Equal((3, 1), (far.Measurements[0].Values.Count, far.Measurements[1].Values.Count));
        Assert.True(far.Measurements[0].Mean > near.Measurements[0].Mean + 30);
        Assert.True(far.Measurements[1].Mean > near.Measurements[1].Mean + 20);
    }

    [Fact]
    public void Evaluate_OneClass_IsRefused()
        => Assert.Throws<InputException>(() => new ClusterQuality().Evaluate(new SyntheticFeatures(1, 5, 1).Input(_lanes, 1), default));

    ProtocolOutcome Evaluate(double separation) => new ClusterQuality().Evaluate(new SyntheticFeatures(5, 30, separation).Input(_lanes, 5), default);

    static double Distance(FeatureSet set, int i, int j)
    {
        var product = 0.0;
        for (var at = 0; at < set.Width; at++)
            product += (double)set.Row(i)[at] * set.Row(j)[at];
        return 1 - product;
    }
}
