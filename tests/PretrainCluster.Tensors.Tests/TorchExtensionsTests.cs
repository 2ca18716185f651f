namespace PretrainCluster.Tensors.Tests;

public sealed class TorchExtensionsTests
{
    [Fact]
    public void Fingerprint_NamesTorchSharpLibtorchBlasVectorWidthAndProcessor() =>
        Assert.Matches(@"^TorchSharp 0\.107\.0, libtorch 2\.10\.0\S*, oneMKL 20\d\d\S* branch \d+, (AVX512|AVX2|DEFAULT), .+$", torch.Fingerprint);

    [Fact]
    public void Threads_OfAFreshProcess_AreOneInsideAnOperator() => Assert.Equal(1, get_num_threads());

    [Fact]
    public void Autocast_OnOneThread_LeavesTheOthersAloneAndEnds()
    {
        using var scope = NewDisposeScope();
        var values = ones([2, 2]);
        using (torch.Autocast(DeviceType.CPU))
        {
            Assert.Equal(ScalarType.BFloat16, values.matmul(values).dtype);
            var other = (ScalarType?)null;
            var thread = new Thread(() => other = values.matmul(values).dtype);
            thread.Start();
            thread.Join();
            Assert.Equal(ScalarType.Float32, other);
        }
        Assert.Equal(ScalarType.Float32, values.matmul(values).dtype);
    }

    [Fact]
    public void Autocast_InsideAnother_EndsWithTheOuterOneStillThere()
    {
        using var scope = NewDisposeScope();
        var values = ones([2, 2]);
        using (torch.Autocast(DeviceType.CPU))
        {
            torch.Autocast(DeviceType.CPU).Dispose();
            Assert.Equal(ScalarType.BFloat16, values.matmul(values).dtype);
        }
    }

    [Fact]
    public void DeterministicAlgorithms_SwitchedOn_IsWhatLibtorchSaysAndOperatorsStillRun()
    {
        Assert.False(torch.DeterministicAlgorithms);
        torch.DeterministicAlgorithms = true;
        try
        {
            using var scope = NewDisposeScope();
            Assert.True(torch.DeterministicAlgorithms);
            // With it, libtorch fills memory that nothing was written to yet, so that a forgotten write gives the same bits too.
            Assert.True(empty([8]).isnan().all().item<bool>());
        }
        finally
        {
            torch.DeterministicAlgorithms = false;
        }
    }
}
