using PretrainCluster.Core.Sampling;

namespace PretrainCluster.Core.Tests.Sampling;

public class KeyedPermutationTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(16)]
    [InlineData(17)]
    [InlineData(1000)]
    [InlineData(65_537)]
    public void Index_OverAllElements_HitsEveryElementOnce(int count)
    {
        var permutation = new KeyedPermutation(count, new CounterRandom(1, RandomPurpose.SamplingOrder));
        var seen = new bool[count];
        for (var i = 0; i < count; i++)
        {
            var target = permutation[i];
            Assert.False(seen[target]);
            seen[target] = true;
        }
    }

    [Fact]
    public void Index_OverManyKeys_SendsEveryElementEverywhereEquallyOften()
    {
        const int count = 10, keys = 20_000;
        var hits = new int[count, count];
        for (var key = 0; key < keys; key++)
        {
            var permutation = new KeyedPermutation(count, new CounterRandom(2, RandomPurpose.SamplingOrder, (ulong)key));
            for (var i = 0; i < count; i++)
                hits[i, permutation[i]]++;
        }
        foreach (var hit in hits)
            Assert.InRange(hit, keys / count * 0.88, keys / count * 1.12);
    }

    [Fact]
    public void Index_HugeCount_StaysInside()
    {
        var permutation = new KeyedPermutation(1L << 62, new CounterRandom(3, RandomPurpose.SamplingOrder));

        Assert.InRange(permutation[(1L << 62) - 1], 0, (1L << 62) - 1);
        Assert.NotEqual(permutation[0], permutation[1]);
        Assert.Throws<ArgumentOutOfRangeException>(() => permutation[1L << 62]);
    }
}
