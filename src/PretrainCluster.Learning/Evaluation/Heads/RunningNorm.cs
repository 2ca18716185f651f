namespace PretrainCluster.Learning.Evaluation.Heads;

/// <summary>PyTorch's BatchNorm1d(affine=False): normalises a batch by its own statistics and keeps running ones for evaluation.</summary>
public sealed class RunningNorm(int width, double epsilon)
{
    const double Momentum = 0.1;
    readonly double[] _mean = new double[width];
    readonly double[] _variance = [.. Enumerable.Repeat(1.0, width)];

    public IReadOnlyList<double> RunningMean => _mean;
    public IReadOnlyList<double> RunningVariance => _variance;

    /// <summary>Normalises a batch [rows, width] in place by its mean and biased variance.</summary>
    /// <param name="track">whether the running statistics take the batch in (with the unbiased variance)</param>
    public void NormalizeBatch(Span<float> batch, bool track)
    {
        var rows = batch.Length / width;
        ArgumentOutOfRangeException.ThrowIfLessThan(rows, 2, nameof(batch));
        for (var i = 0; i < width; i++)
        {
            var (sum, squares) = (0.0, 0.0);
            for (var row = 0; row < rows; row++)
                sum += batch[row * width + i];
            var mean = sum / rows;
            for (var row = 0; row < rows; row++)
                squares += (batch[row * width + i] - mean) * (batch[row * width + i] - mean);
            var scale = 1 / Math.Sqrt(squares / rows + epsilon);
            for (var row = 0; row < rows; row++)
                batch[row * width + i] = (float)((batch[row * width + i] - mean) * scale);
            if (track)
            {
                _mean[i] += Momentum * (mean - _mean[i]);
                _variance[i] += Momentum * (squares / (rows - 1) - _variance[i]);
            }
        }
    }

    /// <summary>Normalises rows [rows, width] in place by the running statistics.</summary>
    public void NormalizeByRunning(Span<float> values)
    {
        var scale = new double[width];
        for (var i = 0; i < width; i++)
            scale[i] = 1 / Math.Sqrt(_variance[i] + epsilon);
        for (var at = 0; at < values.Length; at++)
            values[at] = (float)((values[at] - _mean[at % width]) * scale[at % width]);
    }
}
