using PretrainCluster.Core.Sampling;
using PretrainCluster.Learning.Evaluation;

namespace PretrainCluster.Learning.Tests.Evaluation;

public sealed class PairedDifferenceTests
{
    /// <summary>Of 40 clips 10 are right with the other method alone and 2 with the first alone: 2 (C(12,0) + C(12,1) + C(12,2)) / 2^12 = 0.03857.</summary>
    [Fact]
    public void OverClips_OneAnswerEach_IsMcNemarsExactTest()
    {
        var (one, other) = (new byte[40], new byte[40]);
        for (var clip = 0; clip < 40; clip++)
            (one[clip], other[clip]) = clip < 10 ? ((byte)0, (byte)1) : clip < 12 ? ((byte)1, (byte)0) : ((byte)(clip % 2), (byte)(clip % 2));
        var difference = PairedDifference.OverClips(one, 1, other, 1);
        Assert.Equal(PairedTest.McNemarOverClips, difference.Test);
        Assert.Equal(20, difference.Mean, 1e-9);
        Assert.Equal(2 * (1 + 12 + 66) / 4096.0, difference.P, 1e-12);
        // Eight of 40 with a deviation of sqrt(12 - 8^2 / 40) / 40 = 8.06 points; the percentiles lie about 1.96 of them away.
        Assert.InRange(difference.Low, 20 - 18, 20 - 13);
        Assert.InRange(difference.High, 20 + 13, 20 + 18);
    }

    [Fact]
    public void OverClips_SeveralAnswers_IsTheRandomisationTestOfAllSigns()
    {
        var random = new CounterRandom(4, RandomPurpose.Synthesis);
        var (one, other) = (new byte[14], new byte[14]);
        for (var clip = 0; clip < one.Length; clip++)
            (one[clip], other[clip]) = ((byte)random.Next(4), (byte)(random.Next(4) + (clip % 2)));
        var difference = PairedDifference.OverClips(one, 3, other, 4);

        double[] d = [.. one.Zip(other, (a, b) => b / 4.0 - a / 3.0)];
        var atLeast = Enumerable.Range(0, 1 << d.Length).Count(signs => Math.Abs(d.Select((value, i) => (signs >> i & 1) == 0 ? value : -value).Sum()) >= Math.Abs(d.Sum()) - 1e-9);
        Assert.Equal(PairedTest.RandomisationOverClips, difference.Test);
        Assert.Equal(100 * d.Average(), difference.Mean, 1e-9);
        Assert.InRange(difference.P, (double)atLeast / (1 << d.Length) - 0.02, (double)atLeast / (1 << d.Length) + 0.02);
    }

    [Fact]
    public void OverClips_NoDifference_SaysSo()
    {
        byte[] right = [0, 1, 1, 0, 1];
        var same = PairedDifference.OverClips(right, 1, right, 1);
        Assert.Equal((0.0, 0.0, 0.0, 1.0), (same.Mean, same.Low, same.High, same.P));
        byte[] ofThree = [0, 3, 2, 0, 1];
        Assert.Equal(1, PairedDifference.OverClips(ofThree, 3, ofThree, 3).P);
    }

    /// <summary>Differences 1, 2, 3: t = 2 sqrt(3) = 3.4641 with two degrees of freedom, p = 1 - t / sqrt(t^2 + 2) = 0.07418; the half width is 4.30265 / sqrt(3).</summary>
    [Fact]
    public void OverSeeds_ThreeSeeds_IsThePairedTTest()
    {
        var difference = PairedDifference.OverSeeds([60, 62, 61], [61, 64, 64]);
        Assert.Equal(2, difference.Mean, 1e-12);
        Assert.Equal(0.0741799, difference.P, 1e-6);
        Assert.Equal(2 - 2.48414, difference.Low, 1e-4);
        Assert.Equal(2 + 2.48414, difference.High, 1e-4);
    }

    [Fact]
    public void OverSeeds_SameDifferenceEverywhere_IsNoChance()
    {
        Assert.Equal(0, PairedDifference.OverSeeds([1, 2], [2, 3]).P);
        Assert.Equal(1, PairedDifference.OverSeeds([1, 2], [1, 2]).P);
    }
}
