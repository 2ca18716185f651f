namespace PretrainCluster.LibTorch.Tests.Scopes;

[Collection(nameof(LiveTensors))]
public sealed class DisposeScopeTests
{
    [Fact]
    public void Dispose_TensorsMadeInside_AreGone()
    {
        Tensor inside;
        using (NewDisposeScope())
            inside = ones(3);
        Assert.True(inside.IsInvalid);
        Assert.Throws<ObjectDisposedException>(() => inside.sum());
    }

    [Fact]
    public void MoveToOuter_OfTwoScopes_OutlivesTheInner()
    {
        using var outer = NewDisposeScope();
        Tensor kept;
        using (NewDisposeScope())
            kept = ones(3).MoveToOuterDisposeScope();
        Assert.Equal(3, kept.sum().ToDouble());
        outer.Dispose();
        Assert.True(kept.IsInvalid);
    }

    [Fact]
    public void Detach_FromTheScope_BelongsToTheHolder()
    {
        Tensor kept;
        using (NewDisposeScope())
            kept = ones(3).DetachFromDisposeScope();
        Assert.False(kept.IsInvalid);
        kept.Dispose();
    }

    [Fact]
    public void Dispose_OuterBeforeInner_LeavesTheInnerInCharge()
    {
        var outer = NewDisposeScope();
        var inner = NewDisposeScope();
        outer.Dispose();
        var made = ones(2);
        Assert.True(inner.Contains(made));
        inner.Dispose();
        Assert.True(made.IsInvalid);
        using var free = ones(1);
        Assert.Null(free.OwningScope);
    }

    [Fact]
    public void Scopes_OfTwoThreads_DoNotMix()
    {
        using var here = NewDisposeScope();
        Tensor? there = null;
        var thread = new Thread(() => there = ones(2));
        thread.Start();
        thread.Join();
        Assert.False(here.Contains(there!));
        there!.Dispose();
    }

    [Fact]
    public void TotalCount_OverTrainingSteps_IsFlat()
    {
        using var model = nn.Sequential(nn.Linear(8, 16), nn.GELU(), nn.LayerNorm(16), nn.Linear(16, 4));
        var weights = model.parameters().ToArray();
        void Step()
        {
            using var scope = NewDisposeScope();
            var loss = nn.functional.mse_loss(model.call(randn(5, 8)), zeros(5, 4));
            using (no_grad())
            {
                foreach (var (weight, gradient) in weights.Zip(autograd.grad([loss], weights)))
                    weight.sub_(gradient, 0.01);
            }
        }
        Step();
        var before = Tensor.TotalCount;
        for (var i = 0; i < 200; i++)
            Step();
        Assert.Equal(before, Tensor.TotalCount);
    }

    [Fact]
    public void TotalCount_AfterAnError_IsAsBefore()
    {
        var before = Tensor.TotalCount;
        using (NewDisposeScope())
            Assert.Throws<TorchException>(() => ones(2, 3).matmul(ones(2, 3)));
        Assert.Equal(before, Tensor.TotalCount);
    }
}

/// <summary>The count of live tensors is the process's, so these tests run alone.</summary>
[CollectionDefinition(nameof(LiveTensors), DisableParallelization = true)]
public sealed class LiveTensors;
