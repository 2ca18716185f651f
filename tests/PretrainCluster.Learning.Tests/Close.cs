namespace PretrainCluster.Learning.Tests;

/// <summary>Numbers that are equal but for rounding.</summary>
static class Close
{
    /// <summary>Every difference is at most <paramref name="tolerance"/> times the largest expected entry, or just that where <paramref name="absolute"/>.</summary>
    public static void Equal(float[] expected, float[] actual, double tolerance, bool absolute = false, string what = "values")
    {
        Assert.Equal(expected.Length, actual.Length);
        var largest = absolute ? 1.0 : expected.Max(value => Math.Abs((double)value));
        var difference = expected.Zip(actual, (e, a) => Math.Abs((double)e - a)).Max();
        Assert.True(difference <= tolerance * largest, $"{what}: largest difference {difference:g3}, allowed {tolerance * largest:g3}");
    }

    public static float[] Floats(Tensor tensor) => tensor.detach().cpu().contiguous().data<float>().ToArray();
}
