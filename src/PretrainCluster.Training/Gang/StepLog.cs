using System.Diagnostics;
using System.Globalization;

namespace PretrainCluster.Training.Gang;

/// <summary>
/// The newest steps, as every member remembers them. Rank 0 reports them; who is rank 0 next says again what the last one may have taken with it,
/// and the record keeps each step once.
/// </summary>
sealed class StepLog
{
    const int Remembered = 1024, Reported = 64;

    readonly Queue<AppliedStep> _steps = new();
    int _unsent;

    public void Add(AppliedStep step)
    {
        _steps.Enqueue(step);
        _unsent++;
        if (_steps.Count > Remembered)
            _steps.Dequeue();
    }

    /// <summary>Everything remembered, oldest first.</summary>
    public IReadOnlyList<AppliedStep> Recent => [.. _steps];

    /// <summary>Remembers what a checkpoint remembered, in place of what was here.</summary>
    public void Restore(IReadOnlyList<AppliedStep> recent)
    {
        _steps.Clear();
        foreach (var step in recent.TakeLast(Remembered))
            _steps.Enqueue(step);
        _unsent = _steps.Count;
    }

    /// <summary>From here on everything that is remembered counts as not yet sent.</summary>
    public void SayAgain() => _unsent = _steps.Count;

    /// <summary>What was not sent yet, in messages of a bounded size.</summary>
    public IEnumerable<IReadOnlyList<AppliedStep>> TakeUnsent()
    {
        var unsent = _steps.Skip(_steps.Count - Math.Min(_unsent, _steps.Count)).ToArray();
        _unsent = 0;
        return unsent.Chunk(Reported);
    }
}

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

/// <summary>
/// Where a member's time goes from the order to join a generation until the first step under it is applied.
/// All are timestamps of <see cref="Stopwatch"/>.
/// </summary>
/// <param name="Told">the order arrived; micro-batches under way are finished first, because they count</param>
/// <param name="Free">the training thread took it up</param>
/// <param name="Met">all members were connected</param>
/// <param name="Level">all had the same state</param>
readonly record struct RegroupTimes(long Told, long Free, long Met, long Level)
{
    /// <param name="first">the first step under the generation, as far as it was done after that</param>
    public string Text(StepResult first)
    {
        var (told, free, met, level) = (Told, Free, Met, Level);
        return string.Create(CultureInfo.InvariantCulture,
            $"{Between(told, free):0.000} s for micro-batches under way, {Between(free, met):0.000} s until all members met, "
            + $"{Between(met, level):0.000} s until their states agreed, "
            + $"{first.ComputeSeconds:0.000} s for the rest of the step and its update, "
            + $"{first.ExchangeSeconds:0.000} s in the exchange");
    }

    static double Between(long from, long to) => Stopwatch.GetElapsedTime(from, to).TotalSeconds;
}
