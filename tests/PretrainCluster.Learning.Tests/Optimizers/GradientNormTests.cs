using PretrainCluster.Core.Plans;
using PretrainCluster.Learning.Optimizers;

namespace PretrainCluster.Learning.Tests.Optimizers;

public sealed class GradientNormTests
{
    [Theory]
    [InlineData(0, 1)]
    [InlineData(6, 1)]
    [InlineData(2.5, 0.5)]
    public void Clip_OfANormOf5_ScalesOnlyWhatExceedsTheLimit(double largest, float expected)
    {
        using var scope = NewDisposeScope();
        Tensor[] gradients = [tensor(new float[] { 3, 0 }, [2]), tensor(new float[] { 0, 4 }, [1, 2])];

        Assert.Equal(5, GradientNorm.Clip(gradients, largest), 1e-5);

        Close.Equal([3 * expected, 0], Close.Floats(gradients[0]), 1e-5);
        Close.Equal([0, 4 * expected], Close.Floats(gradients[1]), 1e-5);
    }

    [Fact]
    public void Clip_PerTensor_LimitsEachOnItsOwnAndTellsTheWhole()
    {
        using var scope = NewDisposeScope();
        Tensor[] gradients = [tensor(new float[] { 3, 0 }, [2]), tensor(new float[] { 0, 40 }, [1, 2])];

        Assert.Equal(Math.Sqrt(9 + 1600), GradientNorm.Clip(gradients, 4, GradientClip.PerTensor), 1e-4);

        Close.Equal([3, 0], Close.Floats(gradients[0]), 1e-5);
        Close.Equal([0, 4], Close.Floats(gradients[1]), 1e-5);
    }
}
