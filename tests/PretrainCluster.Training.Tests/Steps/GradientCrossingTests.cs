using PretrainCluster.Training.Steps;

namespace PretrainCluster.Training.Tests.Steps;

/// <summary>The block is that of a GPU worker, here in ordinary memory: what crosses must be what crosses without one.</summary>
public sealed class GradientCrossingTests
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Crossing_BothWays_KeepsEveryNumberInItsPlace(bool throughBlock)
    {
        using var scope = NewDisposeScope();
        using var crossing = new GradientCrossing([6, 1, 4], CPU, throughBlock);
        // The first is not contiguous, the last of another type.
        Tensor[] gradients = [arange(6).to(ScalarType.Float32).view(3, 2).t(), full([1], 7.5f), arange(4).to(ScalarType.Float64).view(2, 2)];
        var host = new float[crossing.Length];

        crossing.Fetch(gradients, host);
        Assert.Equal([0, 2, 4, 1, 3, 5, 7.5f, 0, 1, 2, 3], host);

        var sent = crossing.Send(host);
        Assert.Equal([0, 2, 4, 1, 3, 5], crossing.Part(sent, 0).data<float>().ToArray());
        Assert.Equal([0, 1, 2, 3], crossing.Part(sent, 2).data<float>().ToArray());
        // What was sent is the receiver's: the next gradients do not change it.
        crossing.Fetch([zeros(3, 2), zeros(1), zeros(4)], host);
        Assert.Equal(7.5f, crossing.Part(sent, 1).item<float>());
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Crossing_OfNoWeights_HasNothingToSend(bool throughBlock)
    {
        using var scope = NewDisposeScope();
        using var crossing = new GradientCrossing([], CPU, throughBlock);
        crossing.Fetch([], []);
        Assert.Equal((0, 0L), (crossing.Length, crossing.Send([]).numel()));
    }
}
