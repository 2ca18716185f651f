namespace PretrainCluster.LibTorch.Tests.Functions;

public sealed class AutogradTests
{
    [Fact]
    public void Backward_Leaf_AccumulatesAndClears()
    {
        using var scope = NewDisposeScope();
        using var layer = nn.Linear(2, 1);
        layer.call(ones(1, 2)).sum().backward();
        layer.call(ones(1, 2)).sum().backward();
        Assert.Equal([2f, 2], layer.weight.grad!.data<float>().ToArray());
        layer.zero_grad();
        Assert.Null(layer.weight.grad);
    }

    [Fact]
    public void Backward_GraphUsedTwice_IsAnErrorAndTheProcessLives()
    {
        using var scope = NewDisposeScope();
        var x = ones(2).requires_grad_();
        var loss = (x * x).sum();
        loss.backward();
        Assert.Contains("second time", Assert.Throws<TorchException>(() => loss.backward()).Message);
        Assert.Equal([2f, 2], x.grad!.data<float>().ToArray());
    }

    [Fact]
    public void Backward_ChangedInPlace_IsAnErrorFromTheEngine()
    {
        using var scope = NewDisposeScope();
        var x = ones(2).requires_grad_();
        var y = x * 2;
        var loss = (y * y).sum();
        y.add_(1);
        Assert.Contains("modified by an inplace operation", Assert.Throws<TorchException>(() => autograd.grad([loss], [x])).Message);
    }

    [Fact]
    public void Grad_SeedOfWrongShape_IsAnError()
    {
        using var scope = NewDisposeScope();
        var x = ones(2).requires_grad_();
        Assert.Throws<TorchException>(() => autograd.grad([x * 2], [x], [ones(3)]));
    }

    [Fact]
    public void Grad_UnusedInput_IsNullWhereAllowed()
    {
        using var scope = NewDisposeScope();
        var (x, y) = (ones(2).requires_grad_(), ones(2).requires_grad_());
        Assert.Null(autograd.grad([x.sum()], [x, y], allow_unused: true)[1]);
        Assert.Throws<TorchException>(() => autograd.grad([x.sum()], [x, y]));
    }

    [Fact]
    public void NoGrad_Nested_IsThisThreadsAlone()
    {
        using var _ = no_grad();
        Assert.False(is_grad_enabled());
        using (enable_grad())
            Assert.True(is_grad_enabled());
        Assert.False(is_grad_enabled());
        var there = false;
        var thread = new Thread(() => there = is_grad_enabled());
        thread.Start();
        thread.Join();
        Assert.True(there);
    }

    [Fact]
    public void Autocast_Bfloat16_CastsProductsAndKeepsWeights()
    {
        using var scope = NewDisposeScope();
        using var layer = nn.Linear(4, 4);
        using (autocast(DeviceType.CPU))
            Assert.Equal(bfloat16, layer.call(ones(2, 4)).dtype);
        Assert.Equal(float32, layer.call(ones(2, 4)).dtype);
        Assert.Equal(float32, layer.weight.dtype);
    }

    [Fact]
    public void Grad_OnSeveralThreadsAtOnce_EqualsOneAfterTheOther()
    {
        using var model = nn.Sequential(nn.Linear(32, 64), nn.GELU(), nn.Linear(64, 8));
        var weights = model.parameters().ToArray();
        float[] Gradient(int index)
        {
            using var scope = NewDisposeScope();
            var loss = model.call(full([16, 32], 0.01 * index)).square().sum();
            return [.. autograd.grad([loss], weights).SelectMany(gradient => gradient.data<float>().ToArray())];
        }
        var expected = Enumerable.Range(0, 24).Select(Gradient).ToArray();
        var actual = new float[24][];
        var threads = Enumerable.Range(0, 4).Select(lane => new Thread(() =>
        {
            for (var i = lane; i < actual.Length; i += 4)
                actual[i] = Gradient(i);
        })).ToArray();
        foreach (var thread in threads)
            thread.Start();
        foreach (var thread in threads)
            thread.Join();
        Assert.Equal(expected, actual);
        Assert.All(weights, weight => Assert.Null(weight.grad));
    }
}
