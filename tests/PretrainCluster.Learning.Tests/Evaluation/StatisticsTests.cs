using PretrainCluster.Learning.Evaluation;

namespace PretrainCluster.Learning.Tests.Evaluation;

public sealed class StatisticsTests
{
    /// <summary>Values of the usual printed table of t(0.975); n values, one of them 1 and the others 0, have a standard error of 1 / n.</summary>
    [Theory]
    [InlineData(2, 12.7062)]
    [InlineData(3, 4.30265)]
    [InlineData(4, 3.18245)]
    [InlineData(5, 2.77645)]
    [InlineData(10, 2.26216)]
    [InlineData(31, 2.04227)]
    [InlineData(100, 1.98422)]
    [InlineData(1001, 1.96234)]
    public void HalfWidth95_OneAmongZeros_IsTheTables(int values, double expected)
        => Assert.Equal(expected, values * Statistics.HalfWidth95([1, .. new double[values - 1]]), 4e-5 * expected);

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
