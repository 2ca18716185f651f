using PretrainCluster.Core.Summation;

namespace PretrainCluster.Core.Tests.Summation;

public class VectorSumTests
{
    [Fact]
    public void Add_AnyLengthAlignmentAndTarget_AddsElementByElement()
    {
        var random = new Random(1);
        var (left, right) = (new float[400], new float[400]);
        for (var i = 0; i < left.Length; i++)
            (left[i], right[i]) = ((float)random.NextDouble(), (float)random.NextDouble() * 1e5f);
        for (var length = 0; length < 140; length++)
        {
            var (start, other) = (length % 7, length % 5);
            var expected = Enumerable.Range(0, length).Select(i => left[start + i] + right[other + i]).ToArray();
            var sum = new float[length];
            VectorSum.Add(left.AsSpan(start, length), right.AsSpan(other, length), sum);
            Assert.Equal(expected, sum);

            var inPlace = left.AsSpan(start, length).ToArray();
            VectorSum.Add(inPlace, right.AsSpan(other, length), inPlace);
            Assert.Equal(expected, inPlace);
        }
    }

    [Fact]
    public void Add_DifferentLengths_IsRefused() =>
        Assert.Throws<ArgumentOutOfRangeException>(() => VectorSum.Add(new float[3], new float[4], new float[3]));
}
