using PretrainCluster.Learning.Evaluation.Features;
using PretrainCluster.Learning.Evaluation.Protocols;
using PretrainCluster.Learning.Lanes;

namespace PretrainCluster.Learning.Tests.Evaluation.Protocols;

public sealed class NearestNeighboursTests
{
    readonly LanePool _lanes = new(2);

    /// <summary>
    /// Directions on the unit circle, worked out by hand: from the query at 0 degrees the gallery's labels are, nearest first, 2 1 1 0 0 2 0 1 0 0.
    /// k = 1: 2. k = 2: 2 and 1 tie, 1. k = 5: 1 and 0 tie at two, 0. k = 10: 0 has five.
    /// </summary>
    [Theory]
    [InlineData(0, 2)]
    [InlineData(1, 1)]
    [InlineData(2, 0)]
    [InlineData(3, 0)]
    public void Evaluate_TiedVotes_GoToTheSmallestClass(int measurement, int rightLabel)
    {
        int[] labels = [2, 1, 1, 0, 0, 2, 0, 1, 0, 0];
        var gallery = new FeatureSet([.. labels.SelectMany((_, i) => Direction(5 + 7 * i, 1 + i))], 2, labels);
        for (var label = 0; label < 3; label++)
        {
            var outcome = new NearestNeighbours().Evaluate(new SyntheticFeatures(gallery, new FeatureSet(Direction(0, 3), 2, [label])).Input(_lanes, 3), default);
            Assert.Equal(label == rightLabel ? 100 : 0, outcome.Measurements[measurement].Mean);
        }
    }

    [Fact]
    public void Evaluate_OneValue_NoInterval()
    {
        var outcome = new NearestNeighbours().Evaluate(new SyntheticFeatures(4, 20, 3).Input(_lanes, 4), default);
        Assert.Equal(["k = 1", "k = 2", "k = 5", "k = 10"], outcome.Measurements.Select(m => m.Name));
        Assert.All(outcome.Measurements, m => Assert.Equal((1, 0.0), (m.Values.Count, m.Interval)));
        Assert.True(outcome.Measurements[0].Mean > 95);
    }

    [Fact]
    public void Evaluate_SmallGallery_LeavesOutLargerK()
        => Assert.Equal(2, new NearestNeighbours().Evaluate(new SyntheticFeatures(4, 1, 3).Input(_lanes, 4), default).Measurements.Count);

    static float[] Direction(double degrees, double length)
        => [(float)(length * Math.Cos(degrees * Math.PI / 180)), (float)(length * Math.Sin(degrees * Math.PI / 180))];
}
