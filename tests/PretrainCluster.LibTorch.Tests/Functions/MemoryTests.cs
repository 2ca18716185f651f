namespace PretrainCluster.LibTorch.Tests.Functions;

[Collection(nameof(Scopes.LiveTensors))]
public sealed class MemoryTests
{
    [Fact]
    public void Frombuffer_Array_SharesItsMemory()
    {
        var numbers = new float[] { 1, 2, 3, 4 };
        using var view = frombuffer(numbers, float32, count: 3, offset: 1);
        view.mul_(10);
        Assert.Equal([1f, 20, 30, 40], numbers);
        numbers[1] = 5;
        Assert.Equal(5, view[0].ToDouble());
    }

    [Fact]
    public void Frombuffer_ViewOutlivesTheTensor_MemoryStaysInPlace()
    {
        Tensor tail;
        using (var whole = frombuffer(new float[] { 1, 2, 3, 4 }, float32))
            tail = whole[2..];
        GC.Collect(2, GCCollectionMode.Forced, blocking: true, compacting: true);
        Assert.Equal([3f, 4], tail.data<float>().ToArray());
        tail.Dispose();
    }

    [Fact]
    public void Frombuffer_RangeOutsideTheArray_IsRefused()
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => frombuffer(new float[4], float32, count: 4, offset: 1));
        Assert.Throws<ArgumentException>(() => frombuffer(new float[4], float64));
    }

    [Fact]
    public unsafe void FromPointer_CallersMemory_IsNotCopied()
    {
        var numbers = stackalloc float[] { 1, 2, 3, 4, 5, 6 };
        using var view = from_pointer(numbers, [2, 3], float32);
        Assert.Equal(21, view.sum().ToDouble());
        view.zero_();
        Assert.Equal(0, numbers[5]);
    }

    [Fact]
    public void Data_TransposedTensor_ReadsInItsOwnOrder()
    {
        using var scope = NewDisposeScope();
        var transposed = arange(6, dtype: float32).reshape(2, 3).t();
        Assert.Equal([0f, 3, 1, 4, 2, 5], transposed.data<float>().ToArray());
        Assert.Equal(4, transposed.data<float>()[1, 1]);
        Assert.Throws<InvalidOperationException>(() => transposed.bytes.Length);
    }

    [Fact]
    public void KeptMemory_BlockOfTheSameSize_IsUsedAgain()
    {
        ReleaseKeptMemory();
        ones(1 << 20).Dispose();
        var kept = KeptMemory;
        Assert.True(kept >= 4 << 20);
        using (ones(1 << 20))
            Assert.True(KeptMemory < kept);
        Assert.Equal(kept, KeptMemory);
        ReleaseKeptMemory();
        Assert.Equal(0, KeptMemory);
    }

    [Fact]
    public void KeptMemory_OneSizeAfterAnother_HoldsLittleMoreThanWasUsedAtOnce()
    {
        const long Mebibyte = 1 << 20;
        ReleaseKeptMemory();
        var before = UsedMemory;
        // Without a limit, the blocks of every size would be kept: 2 GiB.
        for (var size = 32; size < 128; size += 4)
        {
            using var block = empty(size * Mebibyte / 4);
            Assert.InRange(UsedMemory - before, size * Mebibyte, size * Mebibyte * 9 / 8);
            Assert.InRange(UsedMemory - before + KeptMemory, 0, (size * 9 / 8 + 64) * Mebibyte);
        }
        ReleaseKeptMemory();
    }

    [Fact]
    public void TakeHighestMemory_AskedTwice_IsOfTheTimeBetween()
    {
        ones(4 << 20).Dispose();
        Assert.True(TakeHighestMemory() >= UsedMemory + (16 << 20));
        ones(1 << 20).Dispose();
        Assert.InRange(TakeHighestMemory() - UsedMemory, 4 << 20, 8 << 20);
    }

    [Fact]
    public void Empty_MoreThanThereIs_IsAnErrorAndTheProcessLives()
    {
        var error = Assert.Throws<TorchException>(() => empty(1L << 45, 1L << 10));
        Assert.Equal(TorchErrorKind.OutOfMemory, error.Kind);
        using var small = ones(2);
        Assert.Equal(2, small.sum().ToDouble());
    }
}
