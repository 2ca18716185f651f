namespace PretrainCluster.LibTorch.Tests.Networks;

public sealed class ModuleTests
{
    [Fact]
    public void NamedParameters_NestedModules_FollowPyTorchsNamesAndOrder()
    {
        using var model = new Outer();
        Assert.Equal(["token", "inner.weight", "inner.bias", "list.0.weight", "list.0.bias", "list.1.weight", "list.1.bias"], model.named_parameters().Select(entry => entry.name));
        Assert.Equal(["norm.running_mean", "norm.running_var", "norm.num_batches_tracked"], model.named_buffers().Select(entry => entry.name));
    }

    [Fact]
    public void Parameters_MadeInsideAScope_OutliveIt()
    {
        Outer model;
        using (NewDisposeScope())
            model = new Outer();
        using (model)
            Assert.Equal(0, model.get_parameter("token")!.sum().ToDouble());
    }

    [Fact]
    public void LoadStateDict_OfAnother_CopiesValues()
    {
        using var scope = NewDisposeScope();
        using var model = new Outer();
        using var other = new Outer();
        other.get_parameter("token")!.detach().fill_(5);
        model.load_state_dict(other.state_dict());
        Assert.Equal(10, model.get_parameter("token")!.sum().ToDouble());
        Assert.Equal(other.get_parameter("list.1.weight")!.data<float>().ToArray(), model.get_parameter("list.1.weight")!.data<float>().ToArray());
    }

    [Fact]
    public void LoadStateDict_OtherNames_NamesThem()
    {
        using var scope = NewDisposeScope();
        using var model = nn.Linear(2, 2);
        var error = Assert.Throws<InvalidOperationException>(() => model.load_state_dict(new() { ["weight"] = ones(2, 2), ["extra"] = ones(1) }));
        Assert.Contains("missing [bias]", error.Message);
        Assert.Contains("unexpected [extra]", error.Message);
    }

    [Fact]
    public void To_Type_MovesTheHeldParameterItself()
    {
        using var model = new Outer();
        var token = model.get_parameter("token")!;
        model.to(float64);
        Assert.Equal(float64, token.dtype);
        Assert.True(token.requires_grad);
        Assert.Equal(int64, model.get_buffer("norm.num_batches_tracked")!.dtype);
    }

    [Fact]
    public void Eval_BatchNorm_UsesRunningStatistics()
    {
        using var scope = NewDisposeScope();
        using var model = new Outer();
        model.eval();
        Assert.All(model.modules(), module => Assert.False(module.training));
        var norm = (BatchNorm1d)model.named_modules().Single(entry => entry.name == "norm").module;
        var x = randn(6, 2);
        Assert.True(norm.call(x).allclose(x, atol: 1e-4));
        norm.train();
        Assert.InRange(norm.call(x).mean([0]).abs().max().ToDouble(), 0, 1e-6);
        Assert.Equal(1, norm.num_batches_tracked!.ToInt64());
    }

    sealed class Outer : nn.Module
    {
        readonly Linear inner = nn.Linear(2, 3);
        readonly ModuleList<Linear> list = nn.ModuleList(nn.Linear(1, 1), nn.Linear(1, 1));
        readonly BatchNorm1d norm = nn.BatchNorm1d(2, affine: false);
        readonly Parameter token = new(zeros(1, 2));

        public Outer() : base(nameof(Outer))
        {
            RegisterComponents();
            _ = (inner, list, norm, token);
        }
    }
}
