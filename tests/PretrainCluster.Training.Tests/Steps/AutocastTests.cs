using PretrainCluster.Core.Plans;
using PretrainCluster.Training.Steps;

namespace PretrainCluster.Training.Tests.Steps;

public sealed class AutocastTests
{
    [Fact]
    public void Enter_Bf16_RoundsProductsUntilItEnds()
    {
        using var scope = NewDisposeScope();
        var values = ones([2, 2]);
        using (Autocast.Enter(CPU, Precision.Bf16))
            Assert.Equal(ScalarType.BFloat16, values.matmul(values).dtype);

        Assert.Equal(ScalarType.Float32, values.matmul(values).dtype);
    }
}
