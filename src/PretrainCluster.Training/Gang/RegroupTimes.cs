using System.Diagnostics;
using System.Globalization;
using PretrainCluster.Training.Steps;

namespace PretrainCluster.Training.Gang;

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
