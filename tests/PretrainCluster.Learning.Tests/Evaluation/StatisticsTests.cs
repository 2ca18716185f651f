using PretrainCluster.Learning.Evaluation;
using PretrainCluster.Learning.Evaluation.Numerics;

namespace PretrainCluster.Learning.Tests.Evaluation;

public sealed class StatisticsTests
{
    /// <summary>Values of the usual printed table of t(0.975).</summary>
    [Theory]
    [InlineData(1, 12.7062)]
    [InlineData(2, 4.30265)]
    [InlineData(3, 3.18245)]
    [InlineData(4, 2.77645)]
    [InlineData(9, 2.26216)]
    [InlineData(30, 2.04227)]
    [InlineData(99, 1.98422)]
    [InlineData(1000, 1.96234)]
    public void TwoSided_95Percent_IsTheTables(int degreesOfFreedom, double expected)
        => Assert.Equal(expected, StudentT.TwoSided(0.95, degreesOfFreedom), 4e-5 * expected);

    [Fact]
    public void Coverage_OneDegree_IsCauchys() => Assert.Equal(0.5, StudentT.Coverage(1, 1), 1e-12);

    [Fact]
    public void Summarize_ThreeValues_MeanAndInterval()
    {
        var measurement = Statistics.Summarize("accuracy", [1, 2, 3], [60, 62, 67]);
        Assert.Equal(63, measurement.Mean, 1e-12);
        // s = sqrt(13), so the half width is 4.30265 sqrt(13 / 3).
        Assert.Equal(8.95671, measurement.Interval, 1e-4);
    }

    [Fact]
    public void Summarize_OneValue_NoInterval() => Assert.Equal(0, Statistics.Summarize("k = 1", [1], [40.7]).Interval);

    [Fact]
    public void Summarize_EqualValues_ExactMeanAndNoInterval()
    {
        var measurement = Statistics.Summarize("accuracy", [1, 2, 3], [0.1, 0.1, 0.1]);
        Assert.Equal(0.1, measurement.Mean);
        Assert.Equal(0, measurement.Interval);
    }
}
