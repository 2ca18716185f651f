using System.Diagnostics;

namespace PretrainCluster.Bench;

/// <summary>Wall-clock and processor seconds of a call. On a machine that is busy with other things, only the latter compares.</summary>
readonly record struct Timing(double Wall, double Processor)
{
    public static Timing Of(Action work)
    {
        var (wall, processor) = (Stopwatch.GetTimestamp(), Environment.CpuUsage.TotalTime);
        work();
        return new(Stopwatch.GetElapsedTime(wall).TotalSeconds, (Environment.CpuUsage.TotalTime - processor).TotalSeconds);
    }

    /// <summary>The median seconds of a call: repeated for about <paramref name="seconds"/>, five times at least, after one that does not count.</summary>
    public static double Median(double seconds, Action work)
    {
        work();
        var times = new List<double>();
        var began = Stopwatch.GetTimestamp();
        while (times.Count < 5 || Stopwatch.GetElapsedTime(began).TotalSeconds < seconds)
        {
            var start = Stopwatch.GetTimestamp();
            work();
            times.Add(Stopwatch.GetElapsedTime(start).TotalSeconds);
        }
        return Median(times);
    }

    public static double Median(IEnumerable<double> values)
    {
        var sorted = values.Order().ToArray();
        return sorted.Length % 2 == 1 ? sorted[sorted.Length / 2] : (sorted[sorted.Length / 2 - 1] + sorted[sorted.Length / 2]) / 2;
    }
}
