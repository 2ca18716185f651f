namespace PretrainCluster.Training.Gang;

/// <summary>Durations of a worker's newest steps. Written by the training thread, read by the heartbeat's.</summary>
sealed class StepTimes
{
    const int Window = 64;

    readonly Lock _lock = new();
    readonly double[] _step = new double[Window], _compute = new double[Window];
    long _count;

    public void Add(double step, double compute)
    {
        lock (_lock)
        {
            (_step[_count % Window], _compute[_count % Window]) = (step, compute);
            _count++;
        }
    }

    /// <summary>Seconds; zeros before the first step.</summary>
    public (double P50, double P95, double ComputeP50) Quantiles()
    {
        lock (_lock)
        {
            var n = (int)Math.Min(_count, Window);
            if (n == 0)
                return default;
            var (steps, computes) = (_step[..n], _compute[..n]);
            Array.Sort(steps);
            Array.Sort(computes);
            return (steps[n / 2], steps[Math.Min(n - 1, n * 95 / 100)], computes[n / 2]);
        }
    }
}
