using PretrainCluster.Core.Summation;
using PretrainCluster.Training.Exchange;

namespace PretrainCluster.Training.Tests.Exchange;

public class MeshExchangeFaultTests
{
    static readonly ExchangeListenerOptions s_tcp = new() { LocalSocket = false };

    [Fact]
    public async Task AllReduce_MemberLeavesInstead_EverybodyFailsNamingIt()
    {
        using var members = new Members(4);
        var failures = Task.Run(() => members.Failures([0, 1, 3], Reduce));
        members[2].Dispose();

        Assert.All(await failures, failure => Assert.Equal(2, failure.Rank));
    }

    [Fact]
    public async Task AllReduce_MemberIsStopped_HangsUntilAbortFromAnotherThread()
    {
        using var members = new Members(3);
        var failures = Task.Run(() => members.Failures([0, 1], Reduce));
        await Task.Delay(100);
        Assert.False(failures.IsCompleted);
        members[0].Abort("rank 2 gave no sign of life");

        Assert.All(await failures, failure => Assert.Contains("rank 2 gave no sign of life", failure.Message));
        Assert.Contains("sign of life", Assert.Throws<ExchangeException>(() => Reduce(members[2])).Message);
    }

    [Fact]
    public void Broken_MemberLeavesWhileNothingRuns_IsCancelledAtTheOthers()
    {
        using var members = new Members(3);
        Assert.False(members[0].Broken.IsCancellationRequested);
        members[1].Dispose();

        Assert.True(members[0].Broken.WaitHandle.WaitOne(TimeSpan.FromSeconds(10)));
        Assert.True(members[2].Broken.WaitHandle.WaitOne(TimeSpan.FromSeconds(10)));
    }

    [Fact]
    public void Transfer_SenderLeavesRightAfter_ArrivesWhole()
    {
        using var members = new Members(3);
        var data = new byte[9_000_000];
        new Random(1).NextBytes(data);
        var copies = Members.Parallel(3, rank =>
        {
            var own = rank == 0 ? data : new byte[data.Length];
            members[rank].Transfer(0, [1, 2], own);
            if (rank == 0)
                members[0].Dispose();
            return own;
        });

        Assert.All(copies, copy => Assert.True(copy.AsSpan().SequenceEqual(data)));
    }

    [Theory]
    [InlineData(300_000)]
    [InlineData(2)]
    public void AllReduce_OneBitFlippedOnTheWay_EverybodyFailsNamingTheSender(int frameBytes)
    {
        var flipped = 0;
        Proxy? proxy = null;
        using var members = new Members(3, s_tcp, (rank, endpoint) => rank != 0 ? endpoint : (proxy = new Proxy(endpoint, (before, bytes) =>
        {
            // The greetings of two callers' connections are 96 bytes each; what comes later on a connection are frames.
            if (before + bytes.Length > frameBytes + 96 && Interlocked.Exchange(ref flipped, 1) == 0)
                bytes.Span[^Math.Min(bytes.Length, 2)] ^= 0x10;
        })).Endpoint);
        using var _ = proxy;

        var failures = members.Failures([0, 1, 2], Reduce);

        Assert.Equal(1, flipped);
        Assert.InRange(failures[0].Rank, 1, 2);
        Assert.All(failures, failure => Assert.Equal(failures[0].Rank, failure.Rank));
        Assert.All(failures, failure => Assert.Contains("checksum", failure.Message));
    }

    [Fact]
    public void AllReduce_PeerHalfClosed_EverybodyFails()
    {
        Proxy? proxy = null;
        using var members = new Members(2, s_tcp, (rank, endpoint) => rank != 0 ? endpoint : (proxy = new Proxy(endpoint, (_, _) => { })).Endpoint);
        using var _ = proxy;
        proxy!.HalfClose();

        Assert.All(members.Failures([0, 1], Reduce), failure => Assert.Equal(1, failure.Rank));
    }

    [Fact]
    public void AllReduce_ConnectionCut_EverybodyFails()
    {
        Proxy? proxy = null;
        using var members = new Members(2, s_tcp, (rank, endpoint) => rank != 0 ? endpoint : (proxy = new Proxy(endpoint, (_, _) => { })).Endpoint);
        proxy!.Dispose();

        Assert.Equal(1, members.Failures([0], Reduce)[0].Rank);
        members.Failures([1], Reduce);
    }

    [Fact]
    public async Task AllReduce_NetworkSilent_AbortEndsBothSides()
    {
        Proxy? proxy = null;
        using var members = new Members(2, s_tcp, (rank, endpoint) => rank != 0 ? endpoint : (proxy = new Proxy(endpoint, (_, _) => { })).Endpoint);
        using var _ = proxy;
        proxy!.Stall();
        var failures = Task.Run(() => members.Failures([0, 1], Reduce));
        await Task.Delay(50);
        members[0].Abort("stalled");
        members[1].Abort("stalled");

        Assert.All(await failures, failure => Assert.Contains("stalled", failure.Message));
    }

    [Theory]
    [InlineData(4, 6, 2_000_000, 2_000_000)]
    [InlineData(4, 5, 100, 100)]
    [InlineData(4, 4, 100, 101)]
    public void AllReduce_MembersOfDifferentPlans_SaysWhatDiffers(int leaves, int otherLeaves, int values, int otherValues)
    {
        using var members = new Members(2);
        var failures = members.Failures([0, 1], exchange => exchange.AllReduce(exchange.Rank == 0 ? Sums(exchange, leaves, values) : Sums(exchange, otherLeaves, otherValues)));

        Assert.All(failures, failure => Assert.Contains("micro-batches", failure.Message));
    }

    [Fact]
    public void Operations_NotTheSameAtAllMembers_FailInsteadOfMixingUp()
    {
        using var members = new Members(2);
        var failures = members.Failures([0, 1], exchange =>
        {
            if (exchange.Rank == 0)
                Reduce(exchange);
            else
                exchange.AllGather(new byte[4], [new byte[4], new byte[4]]);
        });

        Assert.All(failures, failure => Assert.InRange(failure.Rank, 0, 1));
    }

    [Fact]
    public void AllGather_LengthOtherThanExpected_Fails()
    {
        using var members = new Members(2);

        var failures = members.Failures([0, 1], exchange =>
        {
            for (var turn = 0; turn < 2; turn++)
                exchange.AllGather(new byte[4], exchange.Rank == 0 ? [new byte[4], new byte[6]] : [new byte[4], new byte[4]]);
        });

        Assert.All(failures, failure => Assert.Equal(1, failure.Rank));
    }

    [Fact]
    public void AllReduce_Failed_LeavesNoBufferBehind()
    {
        using var members = new Members(2);
        members[1].Dispose();
        var sums = Sums(members[0], 8);
        Assert.Throws<ExchangeException>(() => members[0].AllReduce(sums));
        sums.Discard();
        for (var leaf = 0; leaf < 8; leaf++)
            sums.Add(leaf, sums.Rent());

        sums.TakeRoot();
    }

    [Fact]
    public void AllReduce_ManySteps_AllocateNothing()
    {
        const int steps = 100;
        var allocated = ThreadedWorld.Run(3, exchange =>
        {
            var sums = new TreeAccumulator(6, 50_000, 3);
            for (var step = 0; step < 5; step++)
                Step(exchange, sums);
            var before = GC.GetAllocatedBytesForCurrentThread();
            for (var step = 0; step < steps; step++)
                Step(exchange, sums);
            return GC.GetAllocatedBytesForCurrentThread() - before;
        });

        Assert.All(allocated, bytes => Assert.InRange(bytes, 0, 1000));

        static void Step(IExchange exchange, TreeAccumulator sums)
        {
            var (start, end) = Shares.Of(exchange.Rank, exchange.WorldSize, 6);
            for (var leaf = start; leaf < end; leaf++)
                sums.Add(leaf, sums.Rent());
            sums.Return(exchange.AllReduce(sums));
        }
    }

    static void Reduce(IExchange exchange) => exchange.AllReduce(Sums(exchange, 6));

    static TreeAccumulator Sums(IExchange exchange, int leaves, int values = 2_000_000)
    {
        var sums = new TreeAccumulator(leaves, values, 1);
        var (start, end) = Shares.Of(exchange.Rank, exchange.WorldSize, leaves);
        for (var leaf = start; leaf < end; leaf++)
            sums.Add(leaf, sums.Rent());
        return sums;
    }
}
