using PretrainCluster.Core.Sampling;
using PretrainCluster.Learning.Evaluation.Heads;
using PretrainCluster.Learning.Lanes;

namespace PretrainCluster.Learning.Tests.Evaluation.Heads;

public sealed class LinearHeadsTests
{
    static readonly SyntheticFeatures Source = new(7, 40, separation: 0.7, width: 33);

    /// <summary>Autograd and TorchSharp's own optimiser on one layer, from the same weights.</summary>
    [Fact]
    public void Step_SeveralRates_EachAsTorchTrainsALayerAlone()
    {
        using var scope = NewDisposeScope();
        var (features, labels) = (Source.Train.ToTensor(), Source.Train.LabelTensor());
        double[] rates = [0.03, 0.3, 1];
        using var heads = new LinearHeads(33, 7, 0.01, new CounterRandom(1, RandomPurpose.Evaluation), rates);
        var initial = heads.Weights.narrow(0, 0, 7).clone();
        for (var step = 0; step < 6; step++)
            heads.Step(features.narrow(0, 40 * step, 40), labels.narrow(0, 40 * step, 40), Factor(step));

        var logits = heads.Logits(Source.Test.ToTensor());
        for (var head = 0; head < rates.Length; head++)
        {
            using var layer = nn.Linear(33, 7);
            using (no_grad())
            {
                layer.weight.copy_(initial.narrow(1, 0, 33));
                layer.bias!.zero_();
            }
            using var optimizer = optim.SGD(layer.parameters(), rates[head], momentum: 0.9);
            for (var step = 0; step < 6; step++)
            {
                optimizer.ParamGroups.Single().LearningRate = rates[head] * Factor(step);
                optimizer.zero_grad();
                nn.functional.cross_entropy(layer.forward(features.narrow(0, 40 * step, 40)), labels.narrow(0, 40 * step, 40)).backward();
                optimizer.step();
            }
            var difference = (logits.select(0, head).t() - layer.forward(Source.Test.ToTensor())).abs().max().item<float>();
            Assert.True(difference < 1e-4, $"rate {rates[head]}: {difference}");
        }

        static double Factor(int step) => 1 - 0.1 * step;
    }

    [Theory]
    [InlineData(2)]
    [InlineData(4)]
    public void Train_ManyHeadsOnAnyLanes_SameBits(int lanes)
    {
        using var alone = new LanePool(1);
        using var pool = new LanePool(lanes);
        Assert.Equal(Weights(alone), Weights(pool));
    }

    [Fact]
    public void Predict_EqualScores_TheSmallestClass()
    {
        using var scope = NewDisposeScope();
        using var head = new LinearHeads(3, 5, 0, new CounterRandom(1, RandomPurpose.Evaluation), 1);
        Assert.Equal([0, 0], head.Predict(ones(2, 3)));
    }

    static float[] Weights(LanePool lanes)
    {
        var trained = new float[8][];
        lanes.Run(trained.Length, seed =>
        {
            using var scope = NewDisposeScope();
            var (train, _) = Standardization.Apply(Source.Train, Source.Test);
            using var heads = new HeadTraining { Epochs = 5 }.Train(train, Source.Train.LabelTensor(), 7, [0.01, 0.1, 1], seed, default);
            trained[seed] = heads.Weights.data<float>().ToArray();
        });
        Assert.NotEqual(trained[0], trained[1]);
        return [.. trained.SelectMany(weights => weights)];
    }
}
