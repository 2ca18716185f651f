using PretrainCluster.Core.Sampling;
using PretrainCluster.Learning.Evaluation.Features;
using PretrainCluster.Learning.Evaluation.Protocols;
using PretrainCluster.Learning.Lanes;

namespace PretrainCluster.Learning.Tests.Evaluation.Protocols;

public sealed class LinearProbeTests
{
    readonly LanePool _lanes = new(2);

    [Fact]
    public void Evaluate_SeparableClasses_LearnsThem()
    {
        var outcome = new LinearProbe().Evaluate(new SyntheticFeatures(6, 24, separation: 4).Input(_lanes, 6), default);
        Assert.All(outcome.Measurements[0].Values, v => Assert.Equal(100, v));
        Assert.Equal([1, 2, 3], outcome.Measurements[0].Seeds);
        Assert.Equal(24, outcome.Confusion![2][2]);
        Assert.Contains("SGD momentum 0.9, batch 64, 100 epochs, cosine to 0;", outcome.Description, StringComparison.Ordinal);
    }

    [Fact]
    public void Evaluate_PureNoise_StaysAtChance()
    {
        var outcome = new LinearProbe().Evaluate(new SyntheticFeatures(5, 80, separation: 0).Input(_lanes, 5), default);
        Assert.InRange(outcome.Measurements[0].Mean, 12, 28);
    }

    [Fact]
    public void Evaluate_KnownOverlap_ReachesTheBayesRate()
    {
        // Two classes in one dimension, 3 deviations apart: the best possible accuracy is Phi(1.5) = 93.3 %.
        var outcome = new LinearProbe().Evaluate(new SyntheticFeatures(Line(2000, 1), Line(2000, 2)).Input(_lanes, 2, 1), default);
        Assert.InRange(outcome.Measurements[0].Mean, 92, 94.6);
    }

    [Fact]
    public void Evaluate_PermutedTestLabels_ChangeNeitherRateNorPredictions()
    {
        var source = new SyntheticFeatures(4, 40, separation: 0.7);
        var permuted = source.Test.Labels.ToArray();
        var random = new CounterRandom(9, RandomPurpose.Synthesis);
        random.Shuffle(permuted.AsSpan());
        var other = new SyntheticFeatures(source.Train, new FeatureSet(source.Test.Values, source.Test.Width, permuted));

        var (first, second) = (new LinearProbe().Evaluate(source.Input(_lanes, 4), default), new LinearProbe().Evaluate(other.Input(_lanes, 4), default));

        Assert.Equal(first.Description, second.Description);
        Assert.NotEqual(first.Measurements[0].Values, second.Measurements[0].Values);
        // How often each class is predicted depends on the head alone.
        Assert.Equal(Columns(first.Confusion!), Columns(second.Confusion!));
    }

    [Fact]
    public void Evaluate_AnyLanes_SameFigures()
    {
        using var alone = new LanePool(1);
        var source = new SyntheticFeatures(5, 30, separation: 0.6);
        var (one, two) = (new LinearProbe().Evaluate(source.Input(alone, 5), default), new LinearProbe().Evaluate(source.Input(_lanes, 5), default));
        Assert.Equal(one.Description, two.Description);
        Assert.Equal(one.Measurements[0].Values, two.Measurements[0].Values);
        Assert.Equal(one.Confusion, two.Confusion);
    }

    [Fact]
    public void Evaluate_Cancelled_Throws()
        => Assert.ThrowsAny<OperationCanceledException>(() => new LinearProbe().Evaluate(new SyntheticFeatures(3, 30, 1).Input(_lanes, 3), new CancellationToken(true)));

    static int[] Columns(int[][] counts) => [.. Enumerable.Range(0, counts.Length).Select(c => counts.Sum(row => row[c]))];

    static FeatureSet Line(int clips, ulong stream)
    {
        var random = new CounterRandom(5, RandomPurpose.Synthesis, stream);
        var (values, labels) = (new float[clips], new int[clips]);
        for (var i = 0; i < clips; i++)
            (labels[i], values[i]) = (i % 2, (float)(3 * (i % 2) + random.NextGaussian()));
        return new(values, 1, labels, [.. Enumerable.Range(0, clips).Select(i => i / 2 % 4)]);
    }
}
