using PretrainCluster.Core.Sampling;

namespace PretrainCluster.Core.Tests.Sampling;

public class CounterRandomTests
{
    [Theory]
    [InlineData(0u, 0u, 0u, 0u, 0u, 0u, 0x6627e8d5u, 0xe169c58du, 0xbc57ac4cu, 0x9b00dbd8u)]
    [InlineData(~0u, ~0u, ~0u, ~0u, ~0u, ~0u, 0x408f276du, 0x41c83b0eu, 0xa20bc7c6u, 0x6d5451fdu)]
    [InlineData(0x243f6a88u, 0x85a308d3u, 0x13198a2eu, 0x03707344u, 0xa4093822u, 0x299f31d0u, 0xd16cfe09u, 0x94fdccebu, 0x5001e420u, 0x24126ea1u)]
    public void Philox_KnownAnswersOfRandom123_AreMet(uint c0, uint c1, uint c2, uint c3, uint k0, uint k1, uint x0, uint x1, uint x2, uint x3) =>
        Assert.Equal((x0, x1, x2, x3), CounterRandom.Philox(c0, c1, c2, c3, k0, k1));

    [Fact]
    public void NextUInt64_SameName_SameNumbers_AndOtherNamesOtherNumbers()
    {
        var names = from seed in new ulong[] { 0, 1 }
                    from purpose in new[] { RandomPurpose.View, RandomPurpose.Objective }
                    from a in new ulong[] { 0, 1 }
                    from b in new ulong[] { 0, 1 }
                    from c in new ulong[] { 0, 1 }
                    select (seed, purpose, a, b, c);
        var firsts = names.Select(name => new CounterRandom(name.seed, name.purpose, name.a, name.b, name.c).NextUInt64()).ToList();

        Assert.Equal(32, firsts.Distinct().Count());
        Assert.Equal(firsts, names.Select(name => new CounterRandom(name.seed, name.purpose, name.a, name.b, name.c).NextUInt64()));
    }

    [Fact]
    public void NextUInt64_ForThisVersion_IsWhatEarlierRunsDrew()
    {
        var random = new CounterRandom(1, RandomPurpose.View, 2, 3, 4);

        Assert.Equal([14937527532096978462UL, 7461496580679602672UL, 8899176344124471145UL], new[] { random.NextUInt64(), random.NextUInt64(), random.NextUInt64() });
    }

    [Theory]
    [InlineData(2)]
    [InlineData(7)]
    [InlineData(100)]
    public void Next_ManyDraws_AreUniform(int bins)
    {
        const int draws = 200_000;
        var random = new CounterRandom(5, RandomPurpose.Evaluation);
        var counts = new int[bins];
        for (var i = 0; i < draws; i++)
            counts[random.Next(bins)]++;

        var expected = (double)draws / bins;
        var chiSquare = counts.Sum(count => (count - expected) * (count - expected) / expected);
        Assert.InRange(chiSquare, 0, bins - 1 + 5 * Math.Sqrt(2 * (bins - 1)));
    }

    [Fact]
    public void Next_RangeThatIsNoPowerOfTwo_ReachesItsEndsAndNoFurther()
    {
        var random = new CounterRandom(6, RandomPurpose.Evaluation);
        var draws = Enumerable.Range(0, 1000).Select(_ => random.Next(3)).ToList();

        Assert.Equal([0, 1, 2], draws.Distinct().Order());
        Assert.Equal(0, random.Next(1));
        Assert.InRange(random.Next(int.MaxValue), 0, int.MaxValue - 1);
        Assert.Throws<ArgumentOutOfRangeException>(() => new CounterRandom(6, RandomPurpose.Evaluation).Next(0));
    }

    [Fact]
    public void NextDoubleAndGaussian_ManyDraws_HaveTheirMoments()
    {
        const int draws = 100_000;
        var random = new CounterRandom(7, RandomPurpose.Evaluation);
        var uniform = Enumerable.Range(0, draws).Select(_ => random.NextDouble(-1, 3)).ToList();
        var normal = Enumerable.Range(0, draws).Select(_ => random.NextGaussian()).ToList();

        Assert.All(uniform, value => Assert.InRange(value, -1, 3));
        Assert.Equal(1, uniform.Average(), 0.02);
        Assert.Equal(0, normal.Average(), 0.02);
        Assert.Equal(1, normal.Average(value => value * value), 0.02);
        Assert.Equal(3, normal.Average(value => value * value * value * value), 0.2);
    }

    [Fact]
    public void Shuffle_ThreeValues_GivesAllSixOrdersEquallyOften()
    {
        var random = new CounterRandom(8, RandomPurpose.Evaluation);
        var counts = new Dictionary<string, int>();
        for (var i = 0; i < 6000; i++)
        {
            var values = "abc".ToCharArray();
            random.Shuffle<char>(values);
            var order = new string(values);
            counts[order] = counts.GetValueOrDefault(order) + 1;
        }

        Assert.Equal(6, counts.Count);
        Assert.All(counts.Values, count => Assert.InRange(count, 850, 1150));
    }
}
