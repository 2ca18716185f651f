namespace PretrainCluster.Tensors.Tests;

public sealed class AllocationCountTests
{
    [Fact]
    public void Count_TensorsThatComeAndGo_IsTheirBytesAndTheHighestOfThem()
    {
        using var held = Finalizers.Hold();
        using var count = AllocationCount.Start();
        using (var one = zeros(1000))
        {
            Assert.Equal(4000, count.Bytes);
            using var other = one.to(ScalarType.Float64);
            Assert.Equal(12_000, count.Bytes);
            // A view has no memory of its own.
            using var view = other.view(10, 100);
            Assert.Equal(12_000, count.Bytes);
        }
        Assert.Equal((0, 12_000), (count.Bytes, count.Highest));
        count.Restart();
        Assert.Equal(0, count.Highest);
    }

    /// <summary>What lies between is freed before anybody could look: of a chain of three products the highest is two.</summary>
    [Fact]
    public void Highest_WithinOneOperator_IsCounted()
    {
        using var held = Finalizers.Hold();
        using var count = AllocationCount.Start();
        using var weights = ones(256, 256).requires_grad_(true);
        var before = count.Bytes;
        using (var loss = weights.exp().exp().sum())
        {
            count.Restart();
            loss.backward();
            Assert.InRange(count.Highest - before, 3L * 256 * 1024, 6L * 256 * 1024);
        }
        Assert.Equal(256 * 1024, weights.grad!.NumberOfElements * 4);
    }

    [Fact]
    public void Start_WithinAnother_BothCount()
    {
        using var outer = AllocationCount.Start();
        using (var inner = AllocationCount.Start())
        {
            using var tensor = zeros(1000);
            Assert.Equal((4000, 4000), (outer.Bytes, inner.Bytes));
        }
        using var after = zeros(1000);
        Assert.Equal((4000, 4000), (outer.Bytes, outer.Highest));
    }

    [Fact]
    public void Count_OfOneThread_LeavesOthersOut()
    {
        using var count = AllocationCount.Start();
        Tensor? other = null;
        var thread = new Thread(() => other = zeros(1000));
        thread.Start();
        thread.Join();
        Assert.Equal(0, count.Bytes);
        // Freed where it is not counted either.
        var end = new Thread(() => other!.Dispose());
        end.Start();
        end.Join();
        Assert.Equal(0, count.Bytes);
    }
}
