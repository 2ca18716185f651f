using PretrainCluster.Learning.Evaluation.Embedding;
using PretrainCluster.Learning.Evaluation.Features;
using PretrainCluster.Learning.Lanes;

namespace PretrainCluster.Learning.Tests.Evaluation.Embedding;

public sealed class FeatureMapTests
{
    readonly LanePool _lanes = new(2);

    [Fact]
    public void Of_SeparateBlobs_StaySeparate()
    {
        var features = new SyntheticFeatures(5, 30, separation: 3).Test;
        var map = FeatureMap.Of(features, 1, _lanes);
        Assert.Equal(150, map.Points.Count);
        Assert.Contains("perplexity 30", map.Method, StringComparison.Ordinal);
        for (var i = 0; i < 150; i++)
        {
            var nearest = Enumerable.Range(0, 150).Where(j => j != i).MinBy(j => Math.Pow(map.Points[i][0] - map.Points[j][0], 2) + Math.Pow(map.Points[i][1] - map.Points[j][1], 2));
            Assert.Equal(map.Labels[i], map.Labels[nearest]);
        }
    }

    [Fact]
    public void Of_AnyLanes_SamePoints()
    {
        using var alone = new LanePool(1);
        var features = new SyntheticFeatures(3, 25, separation: 1).Test;
        Assert.Equal(FeatureMap.Of(features, 1, alone).Points, FeatureMap.Of(features, 1, _lanes).Points);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(7)]
    public void Of_FewClips_FinitePoints(int clips)
    {
        var features = new SyntheticFeatures(1, clips, separation: 1).Test;
        Assert.All(FeatureMap.Of(features, 1, _lanes).Points, p => Assert.True(float.IsFinite(p[0]) && float.IsFinite(p[1])));
    }

    [Fact]
    public void Of_EqualClips_FinitePoints()
    {
        var features = new FeatureSet([.. Enumerable.Repeat(1f, 40)], 4, new int[10]);
        Assert.All(FeatureMap.Of(features, 1, _lanes).Points, p => Assert.True(float.IsFinite(p[0]) && float.IsFinite(p[1])));
    }

    [Fact]
    public void Project_LineInSpace_IsItsFirstComponent()
    {
        float[] direction = [2, -1, 2];
        var values = Enumerable.Range(-5, 11).SelectMany(t => direction.Select(d => t * d + 7)).ToArray();
        var projected = PrincipalComponents.Project(new FeatureSet(values, 3, new int[11]));
        for (var i = 0; i < 11; i++)
        {
            Assert.Equal(3 * (i - 5), projected[i][0], 1e-4);
            Assert.Equal(0, projected[i][1], 1e-4);
        }
    }
}
