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

    /// <summary>The same in double precision; what is 0 but for rounding, such as the gradient of a bias before a batch norm, has no largest entry and is compared as it is.</summary>
    /// <param name="smallest">stands for the largest entry where that is less</param>
    public static void Within(double[] expected, Tensor actual, double tolerance, string what, double smallest = 0)
    {
        var values = actual.detach().to(ScalarType.Float64).contiguous().data<double>().ToArray();
        Assert.Equal(expected.Length, values.Length);
        var largest = expected.Max(Math.Abs);
        var difference = expected.Zip(values, (e, a) => Math.Abs(e - a)).Max();
        var allowed = tolerance * (largest < 1e-12 ? 1 : Math.Max(largest, smallest));
        Assert.True(difference <= allowed, $"{what}: largest difference {difference:g3}, allowed {allowed:g3}");
    }

    public static float[] Floats(Tensor tensor) => tensor.detach().cpu().contiguous().data<float>().ToArray();
}
