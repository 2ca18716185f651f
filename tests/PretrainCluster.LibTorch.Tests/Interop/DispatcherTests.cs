using PretrainCluster.LibTorch.Interop;

namespace PretrainCluster.LibTorch.Tests.Interop;

public sealed class DispatcherTests
{
    [Fact]
    public void Call_UnknownOperator_NamesIt()
    {
        var error = Assert.Throws<TorchException>(() => Dispatcher.Call("no_such_operator"));
        Assert.Contains("aten::no_such_operator", error.Message);
    }

    [Fact]
    public void Call_TooManyArguments_IsRefused()
    {
        using var x = ones(2);
        Assert.Contains("takes 1 arguments", Assert.Throws<TorchException>(() => Dispatcher.Call("sqrt", x, 1L)).Message);
    }

    [Fact]
    public void Call_MissingArgument_IsNamed()
    {
        using var x = ones(2);
        Assert.Contains("needs a value for other", Assert.Throws<TorchException>(() => Dispatcher.Call("matmul", x)).Message);
    }

    [Fact]
    public void Call_NumberForATensor_IsRefused()
    {
        Assert.Contains("needs a tensor for self", Assert.Throws<TorchException>(() => Dispatcher.Call("sqrt", 1L)).Message);
    }

    [Fact]
    public void Call_ListForANumber_IsAnErrorAndNotACrash()
    {
        using var x = ones(2, 2);
        Assert.Throws<TorchException>(() => Dispatcher.Call("select.int", x, (long[])[0], 0L));
        Assert.Throws<TorchException>(() => Dispatcher.Call("reshape", x, "4"));
    }

    [Fact]
    public void Call_TrailingArgumentsLeftOut_TakeTheSchemasDefaults()
    {
        using var scope = NewDisposeScope();
        Assert.Equal([2L, 2], Dispatcher.Call("add.Tensor", ones(2, 2), ones(2)).shape);
    }

    [Fact]
    public void Call_EveryKindOfArgument_Arrives()
    {
        using var scope = NewDisposeScope();
        Assert.Equal([2f, 4], einsum("ij,j->i", ones(2, 2), tensor([1f, 1])).mul(tensor([1f, 2])).data<float>().ToArray());
        Assert.Equal([1L, 0, 1, 0], tensor([1L, 0, 1, 0]).data<long>().ToArray());
        Assert.Equal(bfloat16, zeros(2, dtype: bfloat16).dtype);
        Assert.Equal([1L, 3, 6, 6], nn.functional.interpolate(ones(1, 3, 2, 2), [6, 6], InterpolationMode.Bilinear).shape);
        Assert.Equal([2L, 2], cat([ones(1, 2), zeros(1, 2)]).shape);
        Assert.Equal(3, ones(6, 1).split([1, 2, 3]).Length);
    }

    [Fact]
    public void Call_LongLists_Arrive()
    {
        using var scope = NewDisposeScope();
        var many = Enumerable.Range(0, 300).Select(i => full(1, i)).ToArray();
        Assert.Equal(300 * 299 / 2, cat(many).sum().ToDouble());
    }
}
