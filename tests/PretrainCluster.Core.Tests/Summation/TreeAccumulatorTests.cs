using PretrainCluster.Core.Sampling;
using PretrainCluster.Core.Summation;

namespace PretrainCluster.Core.Tests.Summation;

public class TreeAccumulatorTests
{
    const int Values = 37;

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(5)]
    [InlineData(8)]
    [InlineData(13)]
    [InlineData(64)]
    public void TakeRoot_AnyOrderAndAnyNumberOfThreads_HasTheBitsOfTheTree(int leaves)
    {
        var expected = ByDefinition(leaves, 0, leaves);
        for (var attempt = 0; attempt < 20; attempt++)
        {
            var random = new CounterRandom((ulong)attempt, RandomPurpose.Evaluation);
            var arrival = Enumerable.Range(0, leaves).ToArray();
            random.Shuffle<int>(arrival);
            var accumulator = new TreeAccumulator(leaves, Values, 2);
            Parallel.ForEach(arrival, new ParallelOptions { MaxDegreeOfParallelism = 1 + attempt % 8 }, leaf => accumulator.Add(leaf, Filled(accumulator, leaf)));

            AssertSame(expected, accumulator.TakeRoot());
        }
    }

    [Fact]
    public void KeepWithin_AnotherShare_TheRestCanBeAddedToTheSameBits()
    {
        for (var leaves = 1; leaves <= 16; leaves++)
        {
            var expected = ByDefinition(leaves, 0, leaves);
            for (var attempt = 0; attempt < 40; attempt++)
            {
                var random = new CounterRandom((ulong)leaves, RandomPurpose.Evaluation, (ulong)attempt, 1);
                var accumulator = new TreeAccumulator(leaves, Values, 2);
                var before = Enumerable.Range(0, leaves).Where(_ => random.Next(3) > 0).ToList();
                foreach (var leaf in before)
                    accumulator.Add(leaf, Filled(accumulator, leaf));
                var start = random.Next(leaves);
                var end = start + 1 + random.Next(leaves - start);

                accumulator.KeepWithin(start, end);

                Assert.All(Enumerable.Range(0, leaves), leaf => Assert.True(!accumulator.Has(leaf) || (before.Contains(leaf) && leaf >= start && leaf < end)));
                // Nothing inside is lost that no subtree across the border holds.
                if (start == 0 && end == leaves)
                    Assert.All(before, leaf => Assert.True(accumulator.Has(leaf)));
                for (var leaf = 0; leaf < leaves; leaf++)
                {
                    if (!accumulator.Has(leaf))
                        accumulator.Add(leaf, Filled(accumulator, leaf));
                }
                AssertSame(expected, accumulator.TakeRoot());
            }
        }
    }

    [Fact]
    public void Contribute_AgainAndAgain_CountsOnce()
    {
        var accumulator = new TreeAccumulator(5, Values, 2);
        Assert.Throws<InvalidOperationException>(() => accumulator.Contribute(1, 1));
        foreach (var leaf in new[] { 0, 2, 3 })
            accumulator.Add(leaf, Filled(accumulator, leaf));

        accumulator.Contribute(1, 7);
        accumulator.Contribute(1, 1);
        Assert.Equal(1, accumulator.TakeComplete().Sum(part => part.Sum.Totals[1]));
    }

    [Fact]
    public void TakeComplete_EverySplitAmongWorkers_MergesToTheSameBits()
    {
        for (var leaves = 1; leaves <= 24; leaves++)
        {
            var expected = ByDefinition(leaves, 0, leaves);
            for (var attempt = 0; attempt < 10; attempt++)
            {
                var random = new CounterRandom((ulong)leaves, RandomPurpose.Evaluation, (ulong)attempt);
                var workers = 1 + random.Next(5);
                var cuts = Enumerable.Range(0, workers - 1).Select(_ => random.Next(leaves + 1)).Append(0).Append(leaves).Order().ToArray();
                var whole = new TreeAccumulator(leaves, Values, 2);
                var parts = new List<(TreeNode, SumBuffer)>();
                for (var worker = 0; worker < workers; worker++)
                {
                    var own = new TreeAccumulator(leaves, Values, 2);
                    for (var leaf = cuts[worker]; leaf < cuts[worker + 1]; leaf++)
                        own.Add(leaf, Filled(own, leaf));
                    var complete = own.TakeComplete();
                    Assert.Equal(own.Tree.Cover(cuts[worker], cuts[worker + 1]), complete.Select(part => part.Node));
                    parts.AddRange(complete);
                }
                var arrival = parts.ToArray();
                random.Shuffle<(TreeNode, SumBuffer)>(arrival);
                foreach (var (node, sum) in arrival)
                    whole.Add(node, sum);

                AssertSame(expected, whole.TakeRoot());
            }
        }
    }

    [Fact]
    public void TakeRoot_SumInAnotherOrder_WouldHaveOtherBits()
    {
        const int leaves = 8;
        var inSequence = new float[Values];
        for (var leaf = 0; leaf < leaves; leaf++)
        {
            var values = ValuesOf(leaf);
            for (var i = 0; i < Values; i++)
                inSequence[i] += values[i];
        }

        Assert.NotEqual(inSequence, ByDefinition(leaves, 0, leaves).Values);
    }

    [Fact]
    public void Add_StepAfterStep_ReusesItsBuffers()
    {
        var accumulator = new TreeAccumulator(16, Values, 2);
        var buffers = new HashSet<SumBuffer>(ReferenceEqualityComparer.Instance);
        for (var step = 0; step < 10; step++)
        {
            for (var leaf = 0; leaf < 16; leaf++)
            {
                var buffer = Filled(accumulator, leaf);
                buffers.Add(buffer);
                accumulator.Add(leaf, buffer);
            }
            accumulator.Return(accumulator.TakeRoot());
        }

        Assert.InRange(buffers.Count, 1, 5);
    }

    [Fact]
    public void Add_TwiceOrTooFew_IsRefused()
    {
        var accumulator = new TreeAccumulator(4, Values, 2);
        accumulator.Add(0, Filled(accumulator, 0));
        accumulator.Add(1, Filled(accumulator, 1));

        Assert.Throws<InvalidOperationException>(() => accumulator.Add(1, accumulator.Rent()));
        Assert.Throws<InvalidOperationException>(() => accumulator.Add(new TreeNode(1, 0), accumulator.Rent()));
        Assert.Throws<ArgumentOutOfRangeException>(() => accumulator.Add(4, accumulator.Rent()));
        Assert.Throws<InvalidOperationException>(accumulator.TakeRoot);
    }

    [Fact]
    public void Discard_HalfAStep_LeavesNoTraceInTheNext()
    {
        var accumulator = new TreeAccumulator(4, Values, 2);
        accumulator.Add(2, Filled(accumulator, 1));
        accumulator.Discard();
        for (var leaf = 0; leaf < 4; leaf++)
            accumulator.Add(leaf, Filled(accumulator, leaf));

        AssertSame(ByDefinition(4, 0, 4), accumulator.TakeRoot());
    }

    static (float[] Values, double[] Totals) ByDefinition(int leaves, int start, int end)
    {
        if (end - start == 1)
            return (ValuesOf(start), TotalsOf(start));
        var half = 1;
        while (half * 2 < end - start)
            half *= 2;
        var (left, right) = (ByDefinition(leaves, start, start + half), ByDefinition(leaves, start + half, end));
        return ([.. left.Values.Zip(right.Values, (a, b) => a + b)], [.. left.Totals.Zip(right.Totals, (a, b) => a + b)]);
    }

    static void AssertSame((float[] Values, double[] Totals) expected, SumBuffer sum)
    {
        Assert.Equal(expected.Values.Select(BitConverter.SingleToInt32Bits), sum.Values.Select(BitConverter.SingleToInt32Bits));
        Assert.Equal(expected.Totals.Select(BitConverter.DoubleToInt64Bits), sum.Totals.Select(BitConverter.DoubleToInt64Bits));
    }

    static SumBuffer Filled(TreeAccumulator accumulator, int leaf)
    {
        var buffer = accumulator.Rent();
        ValuesOf(leaf).CopyTo(buffer.Values, 0);
        TotalsOf(leaf).CopyTo(buffer.Totals, 0);
        return buffer;
    }

    static float[] ValuesOf(int leaf)
    {
        var random = new CounterRandom(11, RandomPurpose.Evaluation, (ulong)leaf);
        return [.. Enumerable.Range(0, Values).Select(_ => (float)random.NextGaussian())];
    }

    static double[] TotalsOf(int leaf) => [Math.Sin(leaf) * 1e3, leaf + 0.1];
}
