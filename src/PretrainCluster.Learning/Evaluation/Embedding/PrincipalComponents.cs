using PretrainCluster.Learning.Evaluation.Features;

namespace PretrainCluster.Learning.Evaluation.Embedding;

/// <summary>The two directions along which features vary most.</summary>
public static class PrincipalComponents
{
    const int Iterations = 200;

    /// <summary>Each clip's coordinates along the first two components, [clips][2]; a component's largest entry is positive, so signs do not flip.</summary>
    public static double[][] Project(FeatureSet features)
    {
        var width = features.Width;
        var mean = new double[width];
        for (var clip = 0; clip < features.Clips; clip++)
        {
            for (var i = 0; i < width; i++)
                mean[i] += features.Row(clip)[i] / (double)features.Clips;
        }
        var covariance = Covariance(features, mean);
        var first = Leading(covariance, width, null);
        var second = Leading(covariance, width, first);
        var projected = new double[features.Clips][];
        for (var clip = 0; clip < features.Clips; clip++)
        {
            var row = features.Row(clip);
            var (x, y) = (0.0, 0.0);
            for (var i = 0; i < width; i++)
            {
                x += (row[i] - mean[i]) * first[i];
                y += (row[i] - mean[i]) * second[i];
            }
            projected[clip] = [x, y];
        }
        return projected;
    }

    static double[] Covariance(FeatureSet features, double[] mean)
    {
        var width = features.Width;
        var covariance = new double[width * width];
        var centred = new double[width];
        for (var clip = 0; clip < features.Clips; clip++)
        {
            var row = features.Row(clip);
            for (var i = 0; i < width; i++)
                centred[i] = row[i] - mean[i];
            for (var i = 0; i < width; i++)
            {
                for (var j = 0; j < width; j++)
                    covariance[i * width + j] += centred[i] * centred[j];
            }
        }
        return covariance;
    }

    /// <summary>Power iteration, orthogonal to a component that is already known; zeros where nothing varies.</summary>
    static double[] Leading(double[] covariance, int width, double[]? known)
    {
        var (vector, next) = (new double[width], new double[width]);
        for (var i = 0; i < width; i++)
            vector[i] = 1 + 0.1 * Math.Sin(i + 1);
        for (var iteration = 0; iteration < Iterations; iteration++)
        {
            Remove(known, vector);
            if (!Normalize(vector))
                return vector;
            for (var i = 0; i < width; i++)
            {
                next[i] = 0;
                for (var j = 0; j < width; j++)
                    next[i] += covariance[i * width + j] * vector[j];
            }
            (vector, next) = (next, vector);
        }
        Remove(known, vector);
        if (!Normalize(vector))
            return vector;
        if (vector.MaxBy(Math.Abs) < 0)
        {
            for (var i = 0; i < width; i++)
                vector[i] = -vector[i];
        }
        return vector;
    }

    static void Remove(double[]? known, double[] vector)
    {
        if (known is null)
            return;
        var along = 0.0;
        for (var i = 0; i < vector.Length; i++)
            along += known[i] * vector[i];
        for (var i = 0; i < vector.Length; i++)
            vector[i] -= along * known[i];
    }

    static bool Normalize(double[] vector)
    {
        var length = Math.Sqrt(vector.Sum(v => v * v));
        for (var i = 0; i < vector.Length; i++)
            vector[i] = length > 1e-150 ? vector[i] / length : 0;
        return length > 1e-150;
    }
}
