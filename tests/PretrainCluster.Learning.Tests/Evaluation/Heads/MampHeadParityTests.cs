using System.Text.Json;
using PretrainCluster.Core.Sampling;
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
        using var scope = NewDisposeScope();
        using var head = new LinearHeads(5, 3, 0, new CounterRandom(1, RandomPurpose.Evaluation), 1);
        head.Weights.narrow(1, 0, 5).copy_(tensor(_fixture.InitialWeights.SelectMany(row => row).ToArray(), [3, 5]));
        var norm = new ReplicaNorm(5, 1e-6);
        for (var step = 0; step < _fixture.Labels.Length; step++)
        {
            var batch = norm.Training(tensor(_fixture.Features[step].SelectMany(replica => replica.SelectMany(row => row)).ToArray(), [2, 6, 5]));
            var labels = tensor(_fixture.Labels[step].SelectMany(replica => replica).ToArray(), int64);
            for (var replica = 0; replica < 2; replica++)
                Assert.Equal(_fixture.Losses[step][replica], Loss(head, batch.narrow(0, 6 * replica, 6), labels.narrow(0, 6 * replica, 6)), Tolerance);
            head.Step(batch, labels, _fixture.LearningRates[step]);
        }

        Each(3, 5, (c, i) => Assert.Equal(_fixture.Weights[c][i], head.Weights[c, i].item<float>(), Tolerance));
        Each(1, 3, (_, c) => Assert.Equal(_fixture.Bias[c], head.Weights[c, 5].item<float>(), Tolerance));
        Each(1, 5, (_, i) => Assert.Equal(_fixture.RunningMean[i], norm.RunningMean[i].item<float>(), Tolerance));
        Each(1, 5, (_, i) => Assert.Equal(_fixture.RunningVariance[i], norm.RunningVariance[i].item<float>(), Tolerance));

        var test = norm.Evaluation(tensor(_fixture.TestFeatures.SelectMany(row => row).ToArray(), [4, 5]));
        var expected = _fixture.TestProbabilities.Select(p => Array.IndexOf(p, p.Max())).ToArray();
        Assert.Equal(expected, head.Predict(test));
        Assert.Equal(_fixture.TestProbabilities.Average(p => -Math.Log(p.Max())), Loss(head, test, tensor(expected, int64)), Tolerance);
    }

    static double Loss(LinearHeads head, Tensor features, Tensor labels) => nn.functional.cross_entropy(head.Logits(features).select(0, 0).t(), labels).item<float>();

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
