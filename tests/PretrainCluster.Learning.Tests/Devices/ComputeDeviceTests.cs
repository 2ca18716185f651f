using PretrainCluster.Core;
using PretrainCluster.Learning.Devices;

namespace PretrainCluster.Learning.Tests.Devices;

public sealed class ComputeDeviceTests
{
    [Theory, InlineData("gpu"), InlineData("cuda:x"), InlineData("cpu:1"), InlineData("cuda:0:1"), InlineData("cuda:-1"), InlineData("")]
    public void Named_UnknownName_SaysWhatIsKnown(string name)
    {
        Assert.Contains($"'{name}' is no device; use cpu, cuda or cuda:N", Assert.Throws<InputException>(() => ComputeDevice.Named(name)).Message);
    }

    [Fact]
    public void Named_CudaThatIsNotHere_SaysSo()
    {
        var error = Assert.Throws<InputException>(() => ComputeDevice.Named($"cuda:{cuda.device_count()}"));
        Assert.Contains("not available", error.Message);
    }

    [Fact]
    public void Named_Cpu_IsWhereTensorsAre()
    {
        using var here = zeros(1);

        Assert.Equal(here.device.ToString(), ComputeDevice.Named("cpu").ToString());
    }
}
