using PretrainCluster.Core;
using PretrainCluster.Learning.Evaluation;
using PretrainCluster.Learning.Evaluation.Protocols;
using PretrainCluster.Learning.Lanes;

namespace PretrainCluster.Learning.Tests.Evaluation.Protocols;

public sealed class NovelNeighboursTests
{
    readonly LanePool _lanes = new(2);

    [Fact]
    public void Evaluate_NovelClasses_AreAllThatThereIs()
    {
        var source = new SyntheticFeatures(6, 20, separation: 0.8);
        var novel = new NovelNeighbours().Evaluate(Input(source, [4, 1]), default);
        var alone = new SyntheticFeatures(source.Train.OfClasses([1, 4]), source.Test.OfClasses([1, 4]));
        var expected = new NearestNeighbours().Evaluate(Input(alone, []), default);
        Assert.Equal(["k = 1", "k = 2", "k = 5", "k = 10"], novel.Measurements.Select(m => m.Name));
        Assert.Equal(expected.Measurements.Select(m => m.Mean), novel.Measurements.Select(m => m.Mean));
        Assert.True(novel.Measurements[0].Mean > new NearestNeighbours().Evaluate(Input(source, []), default).Measurements[0].Mean, "two classes are easier than six");
        Assert.Contains("their 40 training clips", novel.Description, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(new int[0], "no class is novel")]
    [InlineData(new[] { 7 }, "training side has no clip of the 1 novel classes")]
    public void Evaluate_NothingNovelToWorkOn_SaysSo(int[] classes, string message)
        => Assert.Contains(message, Assert.Throws<InputException>(() => new NovelNeighbours().Evaluate(Input(new SyntheticFeatures(3, 5, 1), classes), default)).Message, StringComparison.Ordinal);

    EvaluationInput Input(SyntheticFeatures source, int[] novel) => new() { Features = source, Classes = 8, NovelClasses = novel, Seeds = [1], Lanes = _lanes };
}
