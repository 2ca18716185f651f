using PretrainCluster.Core;
using PretrainCluster.Core.Plans;
using PretrainCluster.Training.Steps;

namespace PretrainCluster.Training.Tests.Steps;

public sealed class AutocastTests
{
    [Fact]
    public void Check_Bf16_IsRefusedWithWhatHasIt()
    {
        Autocast.Check(Precision.Fp32);

        Assert.Contains("TensorEngine=LibTorch", Assert.Throws<InputException>(() => Autocast.Check(Precision.Bf16)).Message);
    }
}
