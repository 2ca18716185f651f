namespace PretrainCluster.Learning.Evaluation.Features;

/// <summary>What an encoder says of one side of a split: one row of features per clip, with what is known of the clip.</summary>
public sealed class FeatureSet
{
    /// <param name="values">row-major [clips, width]</param>
    /// <param name="width">features per clip</param>
    /// <param name="labels">class per clip, 0-based</param>
    /// <param name="subjects">subject per clip, -1 where unknown; null where none is known</param>
    /// <param name="samples">the clips' indices in their dataset, in file order; null for 0, 1, ...</param>
    public FeatureSet(float[] values, int width, int[] labels, int[]? subjects = null, long[]? samples = null)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(width);
        if (values.LongLength != (long)labels.Length * width)
            throw new ArgumentException($"{values.LongLength} values are not {labels.Length} clips of width {width}", nameof(values));
        if (subjects is not null && subjects.Length != labels.Length)
            throw new ArgumentException($"{subjects.Length} subjects for {labels.Length} clips", nameof(subjects));
        if (samples is not null && samples.Length != labels.Length)
            throw new ArgumentException($"{samples.Length} samples for {labels.Length} clips", nameof(samples));
        Values = values;
        Width = width;
        Labels = labels;
        Subjects = subjects ?? [.. Enumerable.Repeat(-1, labels.Length)];
        Samples = samples ?? [.. Enumerable.Range(0, labels.Length).Select(i => (long)i)];
    }

    /// <summary>Row-major [clips, width].</summary>
    public float[] Values { get; }
    public int Width { get; }
    public int[] Labels { get; }

    /// <summary>Subject per clip; -1 where unknown.</summary>
    public int[] Subjects { get; }

    /// <summary>Index in the dataset per clip.</summary>
    public long[] Samples { get; }
    public int Clips => Labels.Length;

    public ReadOnlySpan<float> Row(int clip) => Values.AsSpan(clip * Width, Width);

    /// <summary>[clips, width], in the memory of <see cref="Values"/>.</summary>
    public Tensor ToTensor() => frombuffer(Values, ScalarType.Float32).view(Clips, Width);

    /// <summary>int64 [clips]</summary>
    public Tensor LabelTensor() => tensor(Labels, ScalarType.Int64);

    /// <summary>The rows named, in that order.</summary>
    public FeatureSet Select(IReadOnlyList<int> rows)
    {
        var values = new float[rows.Count * Width];
        for (var i = 0; i < rows.Count; i++)
            Row(rows[i]).CopyTo(values.AsSpan(i * Width));
        return new(values, Width, [.. rows.Select(r => Labels[r])], [.. rows.Select(r => Subjects[r])], [.. rows.Select(r => Samples[r])]);
    }

    /// <summary>The clips of both, in the order of the dataset.</summary>
    public static FeatureSet Join(FeatureSet one, FeatureSet other)
    {
        var joined = new FeatureSet([.. one.Values, .. other.Values], one.Width, [.. one.Labels, .. other.Labels], [.. one.Subjects, .. other.Subjects], [.. one.Samples, .. other.Samples]);
        return joined.Select([.. Enumerable.Range(0, joined.Clips).OrderBy(row => joined.Samples[row])]);
    }

    /// <summary>The clips of some classes, in their order.</summary>
    public FeatureSet OfClasses(IReadOnlyCollection<int> classes) => Select([.. Enumerable.Range(0, Clips).Where(row => classes.Contains(Labels[row]))]);

    /// <summary>The same clips with every row scaled to Euclidean length 1; a row of zeros stays.</summary>
    public FeatureSet Normalized()
    {
        var values = new float[Values.Length];
        for (var clip = 0; clip < Clips; clip++)
        {
            var row = Row(clip);
            var squares = 0.0;
            foreach (var value in row)
                squares += (double)value * value;
            var scale = squares > 0 ? 1 / Math.Sqrt(squares) : 0;
            for (var i = 0; i < Width; i++)
                values[clip * Width + i] = (float)(row[i] * scale);
        }
        return new(values, Width, Labels, Subjects, Samples);
    }
}
