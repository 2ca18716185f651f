using MathNet.Numerics.Distributions;

namespace PretrainCluster.Learning.Evaluation;

/// <summary>Means and confidence intervals of repeated figures.</summary>
public static class Statistics
{
    /// <summary>A figure with its mean and 95 % interval (Student's t); the interval is 0 where there is one value.</summary>
    /// <param name="values">per cent, one per seed</param>
    public static Measurement Summarize(string name, IReadOnlyList<long> seeds, IReadOnlyList<double> values)
    {
        if (values.Count == 0 || seeds.Count != values.Count)
            throw new ArgumentException($"{seeds.Count} seeds and {values.Count} values: one value per seed is needed", nameof(values));
        return new(name, seeds, values, Mean(values), HalfWidth95(values));
    }

    /// <summary>Accuracy over seeds, with what each clip contributes to it.</summary>
    /// <param name="labels">of the test clips</param>
    /// <param name="predicted">one prediction per clip, for each seed</param>
    public static Measurement Accuracies(string name, IReadOnlyList<long> seeds, int[] labels, IReadOnlyList<int[]> predicted)
    {
        var right = predicted.Count > byte.MaxValue ? null : new byte[labels.Length];
        for (var i = 0; i < right?.Length; i++)
            right[i] = (byte)predicted.Count(classes => classes[i] == labels[i]);
        return Summarize(name, seeds, [.. predicted.Select(classes => Accuracy.Percent(labels, classes))]) with { Right = right };
    }

    public static double Mean(IReadOnlyList<double> values)
    {
        // Values that are all equal have exactly that mean, whatever rounding does to their sum.
        var offset = 0.0;
        foreach (var value in values)
            offset += value - values[0];
        return values[0] + offset / values.Count;
    }

    /// <summary>Half the width of the mean's 95 % confidence interval: t(0.975, n - 1) s / sqrt(n).</summary>
    public static double HalfWidth95(IReadOnlyList<double> values)
    {
        var n = values.Count;
        if (n < 2)
            return 0;
        var mean = Mean(values);
        var squares = 0.0;
        foreach (var value in values)
            squares += (value - mean) * (value - mean);
        return squares == 0 ? 0 : StudentT.InvCDF(0, 1, n - 1, 0.975) * Math.Sqrt(squares / (n - 1) / n);
    }
}
