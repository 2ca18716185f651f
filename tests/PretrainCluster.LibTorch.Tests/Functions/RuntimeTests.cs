
namespace PretrainCluster.LibTorch.Tests.Functions;

[Collection(nameof(Scopes.LiveTensors))]
public sealed class RuntimeTests
{
    [Fact]
    public void Threads_AtFirst_AreOneOnEveryThread()
    {
        Assert.Equal((1, 1), Threads());
        (int, int) there = default;
        var thread = new Thread(() =>
        {
            using var product = ones(300, 300).mm(ones(300, 300));
            there = Threads();
        });
        thread.Start();
        thread.Join();
        Assert.Equal((1, 1), there);
    }

    [Fact]
    public void SetNumThreads_Two_ReachesLibtorchAndItsBlas()
    {
        try
        {
            set_num_threads(2);
            Assert.Equal((2, 2), Threads());
        }
        finally
        {
            set_num_threads(1);
        }
    }

    [Fact]
    public void Attention_OnTwoThreads_GivesTheBitsOfOne()
    {
        using var scope = NewDisposeScope();
        var qkv = randn(2, 120, 3 * 4 * 16);
        var one = nn.functional.self_attention(qkv, 4).data<float>().ToArray();
        try
        {
            set_num_threads(2);
            Assert.Equal(one, nn.functional.self_attention(qkv, 4).data<float>().ToArray());
        }
        finally
        {
            set_num_threads(1);
        }
    }

    [Fact]
    public void ManualSeed_Again_DrawsTheSame()
    {
        using var scope = NewDisposeScope();
        manual_seed(7);
        var first = randn(5).data<float>().ToArray();
        manual_seed(7);
        Assert.Equal(first, randn(5).data<float>().ToArray());
    }

    [Theory, InlineData("gpu"), InlineData("cuda:x"), InlineData("cuda:0:1"), InlineData("cuda:-1"), InlineData("")]
    public void Device_UnknownName_IsRefused(string name)
    {
        Assert.Contains($"'{name}'", Assert.Throws<ArgumentException>(() => device(name)).Message);
    }

    [Theory, InlineData("cpu", DeviceType.CPU, -1), InlineData("cuda", DeviceType.CUDA, -1), InlineData("cuda:3", DeviceType.CUDA, 3)]
    public void Device_Name_IsRead(string name, DeviceType type, int index) => Assert.Equal(new Device(type, index), device(name));

    [Fact]
    public void Fingerprint_NamesLibtorchBlasAndKernels()
    {
        Assert.Matches(@"^\d+\.\d+\.\d+.* \| .+ \| .+ \| (generic|avx2|avx512)$", Fingerprint);
    }
}
