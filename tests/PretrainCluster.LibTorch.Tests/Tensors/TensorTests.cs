namespace PretrainCluster.LibTorch.Tests.Tensors;

public sealed class TensorTests
{
    [Fact]
    public void Matmul_WrongShapes_ThrowsLibtorchsMessage()
    {
        using var scope = NewDisposeScope();
        var error = Assert.Throws<TorchException>(() => ones(2, 3).matmul(ones(4, 5)));
        Assert.Contains("mat1 and mat2 shapes cannot be multiplied (2x3 and 4x5)", error.Message);
        Assert.Equal(6, ones(2, 3).sum().ToDouble());
    }

    [Fact]
    public void Grad_OfProduct_IsTheOtherFactor()
    {
        using var scope = NewDisposeScope();
        var x = tensor([1f, 2, 3], requires_grad: true);
        var y = tensor([4f, 5, 6], requires_grad: true);
        var gradients = autograd.grad([(x * y).sum()], [x, y]);
        Assert.Equal([4f, 5, 6], gradients[0].data<float>().ToArray());
        Assert.Equal([1f, 2, 3], gradients[1].data<float>().ToArray());
    }

    [Fact]
    public void Index_MixedRangesNumbersAndTensors_FollowsPython()
    {
        using var scope = NewDisposeScope();
        var x = arange(24, dtype: float32).reshape(2, 3, 4);
        Assert.Equal([5f, 6, 7], x[0, 1, TensorIndex.Slice(1)].data<float>().ToArray());
        Assert.Equal([2f, 14], x[.., 0, 2].data<float>().ToArray());
        Assert.Equal([3f, 23], x[tensor([0L, 1]), tensor([0L, 2]), 3].data<float>().ToArray());
        Assert.Equal([2L, 1, 3, 4], x[TensorIndex.Colon, TensorIndex.Null].shape);
        Assert.Equal([20f, 21, 22, 23], x[x > 19].data<float>().ToArray());
        x[0, TensorIndex.Ellipsis, 0] = zeros(3);
        Assert.Equal([0f, 1, 2, 3, 0, 5], x.flatten()[..6].data<float>().ToArray());
    }
}
