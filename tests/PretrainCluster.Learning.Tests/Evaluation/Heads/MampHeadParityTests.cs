using System.Text.Json;
using PretrainCluster.Core.Sampling;
using PretrainCluster.Learning.Evaluation.Features;
using PretrainCluster.Learning.Evaluation.Heads;

namespace PretrainCluster.Learning.Tests.Evaluation.Heads;

/// <summary>
/// The head of linear/mamp-2023 against PyTorch. The fixture was made by torch 1.13: BatchNorm1d(5, affine=False, eps=1e-6) and Linear(5, 3) under
/// CrossEntropyLoss and SGD(momentum=.9), four steps of two replicas with six clips each, gradients averaged, running statistics of replica 0.
/// </summary>
public sealed class MampHeadParityTests
{
    const float Tolerance = 2e-6f;
    readonly Fixture _fixture = JsonSerializer.Deserialize<Fixture>(
        File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "Evaluation", "Fixtures", "mamp-linear-head.json")),
        new JsonSerializerOptions { PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower })!;

    [Fact]
    public void FourSteps_LikeTorch()
    {
        var head = new LinearHead(5, 3, 0, new CounterRandom(1, RandomPurpose.Evaluation));
        Each(3, 5, (c, i) => head.Weights[i, c] = _fixture.InitialWeights[c][i]);
        var (gradient, other) = (new HeadGradient(head), new HeadGradient(head));
        var (optimizer, norm) = (new HeadSgd(head, 0.9), new RunningNorm(5, 1e-6));
        for (var step = 0; step < _fixture.Labels.Length; step++)
        {
            for (var replica = 0; replica < 2; replica++)
            {
                var batch = _fixture.Features[step][replica].SelectMany(row => row).ToArray();
                norm.NormalizeBatch(batch, track: replica == 0);
                var loss = head.Gradient(batch, _fixture.Labels[step][replica], replica == 0 ? gradient : other);
                Assert.Equal(_fixture.Losses[step][replica], loss, Tolerance);
            }
            gradient.AverageWith(other);
            optimizer.Step(gradient, _fixture.LearningRates[step]);
        }

        Each(3, 5, (c, i) => Assert.Equal(_fixture.Weights[c][i], head.Weights[i, c], Tolerance));
        Each(1, 3, (_, c) => Assert.Equal(_fixture.Bias[c], head.Bias[c], Tolerance));
        Each(1, 5, (_, i) => Assert.Equal(_fixture.RunningMean[i], norm.RunningMean[i], Tolerance));
        Each(1, 5, (_, i) => Assert.Equal(_fixture.RunningVariance[i], norm.RunningVariance[i], Tolerance));

        var test = _fixture.TestFeatures.SelectMany(row => row).ToArray();
        norm.NormalizeByRunning(test);
        var expected = _fixture.TestProbabilities.Select(p => Array.IndexOf(p, p.Max())).ToArray();
        var (predicted, loss2) = head.Predict(new FeatureSet(test, 5, expected));
        Assert.Equal(expected, predicted);
        Assert.Equal(_fixture.TestProbabilities.Average(p => -Math.Log(p.Max())), loss2, Tolerance);
    }

    static void Each(int rows, int columns, Action<int, int> body)
    {
        for (var row = 0; row < rows; row++)
        {
            for (var column = 0; column < columns; column++)
                body(row, column);
        }
    }

    sealed record Fixture(
        float[][][][] Features, int[][][] Labels, float[][] InitialWeights, double[] LearningRates, double[][] Losses,
        float[][] Weights, float[] Bias, double[] RunningMean, double[] RunningVariance, float[][] TestFeatures, double[][] TestProbabilities);
}
