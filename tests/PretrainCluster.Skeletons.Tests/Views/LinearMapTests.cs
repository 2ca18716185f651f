using PretrainCluster.Core.Sampling;
using PretrainCluster.Skeletons.Views;

namespace PretrainCluster.Skeletons.Tests.Views;

public sealed class LinearMapTests
{
    static readonly LinearMap Some = new(1, 2, 3, -4, 5, 6, 7, -8, 9);

    [Fact]
    public void Then_IsTheMatrixProduct()
    {
        var swap = new LinearMap(0, 1, 0, 1, 0, 0, 0, 0, 1);

        Assert.Equal(new LinearMap(-4, 5, 6, 1, 2, 3, 7, -8, 9), LinearMap.Then(Some, swap));
        Assert.Equal(new LinearMap(2, 1, 3, 5, -4, 6, -8, 7, 9), LinearMap.Then(swap, Some));
    }

    [Fact]
    public void Rotation_QuarterTurns_FollowTheSignsOfThePublicCode()
    {
        static void Expect(LinearMap map, params float[] expected)
        {
            for (var i = 0; i < 9; i++)
                Assert.Equal(expected[i], map[i / 3, i % 3], 1e-6);
        }

        Expect(LinearMap.Rotation(Math.PI / 2, 0, 0), 1, 0, 0, 0, 0, 1, 0, -1, 0);
        Expect(LinearMap.Rotation(0, Math.PI / 2, 0), 0, 0, -1, 0, 1, 0, 1, 0, 0);
        Expect(LinearMap.Rotation(0, 0, Math.PI / 2), 0, 1, 0, -1, 0, 0, 0, 0, 1);
    }

    [Fact]
    public void Rotation_ThreeAngles_IsXThenYThenZ()
    {
        var map = LinearMap.Rotation(0.3, -0.7, 1.1);
        var composed = LinearMap.Then(LinearMap.Then(LinearMap.Rotation(0.3, 0, 0), LinearMap.Rotation(0, -0.7, 0)), LinearMap.Rotation(0, 0, 1.1));

        for (var i = 0; i < 9; i++)
            Assert.Equal(composed[i / 3, i % 3], map[i / 3, i % 3], 1e-6);
    }

    [Theory]
    [InlineData(3)]
    [InlineData(15)]
    [InlineData(24)]
    [InlineData(75)]
    [InlineData(1200)]
    public void Kernel_AnyLength_MapsEveryJoint(int length)
    {
        var random = new CounterRandom(3, RandomPurpose.View);
        var source = new float[length + 2 * LinearMapKernel.Margin];
        foreach (ref var value in source.AsSpan())
            value = (float)random.NextGaussian();
        var mapped = new float[length];

        new LinearMapKernel(Some, new float[LinearMapKernel.CoefficientCount]).Apply(source, mapped);

        for (var i = 0; i < length; i++)
        {
            var joint = source.AsSpan(LinearMapKernel.Margin + i / 3 * 3, 3);
            var expected = Some[i % 3, 0] * joint[0] + Some[i % 3, 1] * joint[1] + Some[i % 3, 2] * joint[2];
            Assert.Equal(expected, mapped[i], 1e-4);
        }
    }
}
