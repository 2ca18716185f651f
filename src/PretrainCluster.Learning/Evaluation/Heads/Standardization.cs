using PretrainCluster.Learning.Evaluation.Features;

namespace PretrainCluster.Learning.Evaluation.Heads;

/// <summary>Shifts and scales each feature to mean 0 and variance 1 of the features it was fitted on: a batch norm without affine part over the whole set.</summary>
public sealed class Standardization
{
    const double Epsilon = 1e-6;
    readonly float[] _mean, _scale;

    Standardization(float[] mean, float[] scale) => (_mean, _scale) = (mean, scale);

    public static Standardization Fit(FeatureSet features)
    {
        var (mean, variance) = (new double[features.Width], new double[features.Width]);
        for (var clip = 0; clip < features.Clips; clip++)
        {
            var row = features.Row(clip);
            for (var i = 0; i < row.Length; i++)
                mean[i] += row[i];
        }
        for (var i = 0; i < mean.Length; i++)
            mean[i] /= features.Clips;
        for (var clip = 0; clip < features.Clips; clip++)
        {
            var row = features.Row(clip);
            for (var i = 0; i < row.Length; i++)
                variance[i] += (row[i] - mean[i]) * (row[i] - mean[i]);
        }
        return new([.. mean.Select(m => (float)m)], [.. variance.Select(v => (float)(1 / Math.Sqrt(v / features.Clips + Epsilon)))]);
    }

    public FeatureSet Apply(FeatureSet features)
    {
        var values = new float[features.Values.Length];
        for (var clip = 0; clip < features.Clips; clip++)
        {
            var row = features.Row(clip);
            for (var i = 0; i < row.Length; i++)
                values[clip * row.Length + i] = (row[i] - _mean[i]) * _scale[i];
        }
        return new(values, features.Width, features.Labels, features.Subjects, features.Samples);
    }
}
