using System.Diagnostics;
using System.Globalization;

namespace PretrainCluster.Faults.Clusters;

/// <summary>Whether a machine with every core busy is taken for a dead one: a whole cluster on it, and twice as many threads that do nothing but compute.</summary>
public sealed class QuietMeasure(string folder, TextWriter output)
{
    const string Mark = "Marking node(s) as UNREACHABLE";

    static readonly TimeSpan s_look = TimeSpan.FromSeconds(1), s_tell = TimeSpan.FromMinutes(1);

    /// <returns>true if no node was ever marked as unreachable by another</returns>
    public async Task<bool> RunAsync(double minutes, CancellationToken cancellation)
    {
        using var cluster = await ClusterOfMachines.StartAsync(folder, cancellation);
        using var done = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        var busy = Enumerable.Range(0, 2 * Environment.ProcessorCount).Select(_ => new Thread(() => Compute(done.Token)) { IsBackground = true }).ToList();
        busy.ForEach(thread => thread.Start());
        try
        {
            for (var (watch, told) = (Stopwatch.StartNew(), TimeSpan.Zero); watch.Elapsed.TotalMinutes < minutes; await Task.Delay(s_look, cancellation))
            {
                if (watch.Elapsed - told < s_tell)
                    continue;
                told = watch.Elapsed;
                output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{told.TotalMinutes:0} min: {Marks(cluster)} marks, load {LoadAverage()}"));
            }
        }
        finally
        {
            await done.CancelAsync();
            busy.ForEach(thread => thread.Join());
        }
        var marks = Marks(cluster);
        output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{minutes} minutes with every core busy: nodes marked as unreachable {marks} times"));
        return marks == 0;
    }

    static int Marks(ClusterOfMachines cluster) => cluster.Machines.Sum(machine => cluster.OutputOf(machine).Split(Mark).Length - 1);

    static string LoadAverage() => File.ReadAllText("/proc/loadavg").Split(' ')[0];

    static void Compute(CancellationToken until)
    {
        for (var x = 1.0; !until.IsCancellationRequested;)
            for (var i = 0; i < 1_000_000; i++)
                x = Math.Sqrt(x + i);
    }
}
