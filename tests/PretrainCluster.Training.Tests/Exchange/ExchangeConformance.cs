using System.Runtime.InteropServices;
using PretrainCluster.Core.Sampling;
using PretrainCluster.Core.Summation;
using PretrainCluster.Training.Exchange;

namespace PretrainCluster.Training.Tests.Exchange;

/// <summary>What holds for every exchange. <see cref="Run"/> runs one member of each rank, side by side.</summary>
public abstract class ExchangeConformance
{
    static readonly float[] s_scales = [1f, 1e-3f, 77f, 1e4f, 1e-6f];

    public abstract int MaxWorldSize { get; }

    protected abstract void Run(int worldSize, Action<IExchange> member);

    [Fact]
    public void AllReduce_AnyWorldAndAnyMicroBatches_HasTheBitsOfOneProcess()
    {
        for (var attempt = 0; attempt < 24; attempt++)
        {
            var random = new CounterRandom(7, RandomPurpose.Evaluation, (ulong)attempt);
            var (worldSize, leaves, values) = (1 + random.Next(MaxWorldSize), 1 + random.Next(32), random.Next(3) == 0 ? random.Next(40) : random.Next(300_000));
            var expected = Alone(leaves, values, step: 0);
            Run(worldSize, exchange =>
            {
                var sums = new TreeAccumulator(leaves, values, 3);
                Fill(sums, exchange, step: 0);
                var sum = exchange.AllReduce(sums);
                AssertSame(expected, sum);
                sums.Return(sum);
            });
        }
    }

    [Fact]
    public void AllReduce_StepAfterStep_EveryOneIsRight()
    {
        const int leaves = 5, values = 70_000;
        var expected = Enumerable.Range(0, 6).Select(step => Alone(leaves, values, step)).ToArray();
        Run(MaxWorldSize, exchange =>
        {
            var sums = new TreeAccumulator(leaves, values, 3);
            for (var step = 0; step < expected.Length; step++)
            {
                Fill(sums, exchange, step);
                var sum = exchange.AllReduce(sums);
                AssertSame(expected[step], sum);
                sums.Return(sum);
            }
        });
    }

    [Fact]
    public void AllGather_PartsOfDifferentLengths_ComeInTheOrderOfRanks()
    {
        for (var attempt = 0; attempt < 5; attempt++)
        {
            var random = new CounterRandom(8, RandomPurpose.Evaluation, (ulong)attempt);
            var lengths = Enumerable.Range(0, MaxWorldSize).Select(_ => random.Next(3) == 0 ? random.Next(3) : random.Next(1_500_000)).ToArray();
            Run(MaxWorldSize, exchange =>
            {
                var byRank = lengths.Select(length => (Memory<byte>)new byte[length]).ToArray();
                exchange.AllGather(BytesOf(exchange.Rank, lengths[exchange.Rank]), byRank);
                for (var rank = 0; rank < lengths.Length; rank++)
                    Assert.True(byRank[rank].Span.SequenceEqual(BytesOf(rank, lengths[rank])));
            });
        }
    }

    [Fact]
    public void Transfer_ToSome_LeavesTheOthersAlone()
    {
        for (var from = 0; from < MaxWorldSize; from++)
        {
            var to = Enumerable.Range(0, MaxWorldSize).Where(rank => rank != from && rank % 2 == 0).ToArray();
            Run(MaxWorldSize, exchange =>
            {
                var data = exchange.Rank == from ? BytesOf(from, 3_000_000) : new byte[3_000_000];
                exchange.Transfer(from, to, data);
                var expected = exchange.Rank == from || to.Contains(exchange.Rank) ? BytesOf(from, data.Length) : new byte[data.Length];
                Assert.True(data.AsSpan().SequenceEqual(expected));
            });
        }
    }

    [Fact]
    public void Operations_InAnyMixture_DoNotMixUp()
    {
        var expected = Alone(7, 1000, 0);
        Run(MaxWorldSize, exchange =>
        {
            var sums = new TreeAccumulator(7, 1000, 3);
            var last = exchange.WorldSize - 1;
            for (var round = 0; round < 20; round++)
            {
                var state = exchange.Rank == round % exchange.WorldSize ? BytesOf(round, 5000) : new byte[5000];
                exchange.Transfer(round % exchange.WorldSize, [.. Enumerable.Range(0, last + 1).Where(rank => rank != round % exchange.WorldSize)], state);
                Assert.Equal(BytesOf(round, 5000), state);
                Fill(sums, exchange, 0);
                var sum = exchange.AllReduce(sums);
                AssertSame(expected, sum);
                sums.Return(sum);
                var byRank = Enumerable.Range(0, last + 1).Select(_ => (Memory<byte>)new byte[8]).ToArray();
                exchange.AllGather(BytesOf(exchange.Rank + round, 8), byRank);
                Assert.Equal(BytesOf(last + round, 8), byRank[last].ToArray());
            }
        });
    }

    [Fact]
    public void Abort_BeforeAnOperation_FailsItAndCancelsBroken() => Run(MaxWorldSize, exchange =>
    {
        exchange.Abort("enough");
        var failure = Assert.Throws<ExchangeException>(() => exchange.AllReduce(new TreeAccumulator(1, 1, 1)));
        Assert.Contains("enough", failure.Message);
        Assert.True(exchange.Broken.WaitHandle.WaitOne(TimeSpan.FromSeconds(10)));
        Assert.Throws<ExchangeException>(() => exchange.Transfer(0, [], default));
    });

    protected static void Fill(TreeAccumulator sums, IExchange exchange, int step)
    {
        var (start, end) = Shares.Of(exchange.Rank, exchange.WorldSize, sums.Tree.Leaves);
        for (var leaf = start; leaf < end; leaf++)
            Fill(sums, leaf, step);
    }

    static SumBuffer Alone(int leaves, int values, int step)
    {
        var sums = new TreeAccumulator(leaves, values, 3);
        for (var leaf = 0; leaf < leaves; leaf++)
            Fill(sums, leaf, step);
        return sums.TakeRoot();
    }

    static void Fill(TreeAccumulator sums, int leaf, int step)
    {
        var buffer = sums.Rent();
        var state = (ulong)(leaf * 1000 + step);
        for (var i = 0; i < buffer.Values.Length; i++)
            buffer.Values[i] = (Next() - (1 << 23)) * s_scales[i % s_scales.Length];
        for (var i = 0; i < buffer.Totals.Length; i++)
            buffer.Totals[i] = Next() / 3.0;
        sums.Add(leaf, buffer);

        float Next() => (state = state * 6364136223846793005 + 1442695040888963407) >> 40;
    }

    static void AssertSame(SumBuffer expected, SumBuffer sum)
    {
        Assert.True(MemoryMarshal.AsBytes(expected.Values.AsSpan()).SequenceEqual(MemoryMarshal.AsBytes(sum.Values.AsSpan())));
        Assert.Equal(expected.Totals, sum.Totals);
    }

    static byte[] BytesOf(int seed, int length)
    {
        var bytes = new byte[length];
        new Random(seed).NextBytes(bytes);
        return bytes;
    }
}
