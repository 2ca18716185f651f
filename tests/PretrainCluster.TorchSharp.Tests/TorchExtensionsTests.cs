namespace PretrainCluster.TorchSharp.Tests;

public sealed class TorchExtensionsTests
{
    [Fact]
    public void Fingerprint_NamesTorchSharpLibtorchBlasAndVectorWidth()
    {
        Assert.Matches(@"^TorchSharp \d+\.\d+\.\d+ \| libtorch_cpu\.so\S* of \d+ bytes \| .+ \| (avx512|avx2|default)$", torch.Fingerprint);
    }

    [Fact]
    public void Threads_OfAFreshProcess_AreOneInsideAnOperator() => Assert.Equal((1, 1), torch.Threads());
}
