using PretrainCluster.Learning.Lanes;

namespace PretrainCluster.Learning.Tests.Lanes;

public sealed class LanePoolTests
{
    [Theory]
    [InlineData(1, 5)]
    [InlineData(2, 1)]
    [InlineData(3, 2)]
    [InlineData(4, 100)]
    public void Run_AnyLanes_EveryPieceOnce(int lanes, int count)
    {
        using var pool = new LanePool(lanes);
        for (var round = 0; round < 50; round++)
        {
            var calls = new int[count];
            pool.Run(count, i => Interlocked.Increment(ref calls[i]));
            Assert.All(calls, c => Assert.Equal(1, c));
        }
    }

    [Fact]
    public void Run_PieceFails_ThrowsItAndStaysUsable()
    {
        using var pool = new LanePool(3);
        var failure = Assert.Throws<InvalidDataException>(() => pool.Run(10, i => { if (i == 4) throw new InvalidDataException("piece 4"); }));
        Assert.Equal("piece 4", failure.Message);
        var calls = 0;
        pool.Run(10, _ => Interlocked.Increment(ref calls));
        Assert.Equal(10, calls);
    }

    [Fact]
    public void Run_TwoLanes_TwoPiecesAtATime()
    {
        using var pool = new LanePool(2);
        using var both = new Barrier(2);
        pool.Run(2, _ => Assert.True(both.SignalAndWait(TimeSpan.FromSeconds(30))));
    }

    [Fact]
    public void Run_Cancelled_Throws()
    {
        using var pool = new LanePool(2);
        using var source = new CancellationTokenSource();
        var calls = 0;
        Assert.Throws<OperationCanceledException>(() => pool.Run(1000, _ => { if (Interlocked.Increment(ref calls) == 3) source.Cancel(); }, source.Token));
        Assert.True(calls < 1000);
    }
}
