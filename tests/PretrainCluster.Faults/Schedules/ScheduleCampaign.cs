using PretrainCluster.Azurite;
using PretrainCluster.Core;

namespace PretrainCluster.Faults.Schedules;

/// <summary>Many trainings of one plan, each under a schedule of its own; all must end with the weights of the undisturbed one, carried by a single worker.</summary>
public sealed class ScheduleCampaign(string workingDirectory, IReadOnlyList<string> planArguments, TextWriter output)
{
    /// <param name="first">schedules before it are drawn, and left out: to go on with a campaign, or to repeat one schedule of it</param>
    /// <param name="last">of the seed's schedules, counted from 1</param>
    /// <returns>true if every schedule ended well</returns>
    public async Task<bool> RunAsync(int first, int last, ulong seed, CancellationToken cancellation)
    {
        var (azurite, smallDisk) = (AzuriteServer.Missing is null, ScheduledRun.CanMount());
        if (!azurite)
            output.WriteLine($"no faults of a blob store: {AzuriteServer.Missing}");
        if (!smallDisk)
            output.WriteLine("no full disk: mounting a small one needs root");

        var undisturbed = await UndisturbedAsync(workingDirectory, planArguments, cancellation);
        output.WriteLine($"undisturbed, one worker: {undisturbed.Steps} steps in {undisturbed.Time.TotalSeconds:0.0} s, weights {undisturbed.Weights}");
        var draw = new FaultSchedules(seed, undisturbed.Steps, azurite, smallDisk);
        var (well, struck) = (0, new List<ScheduledFault>());
        for (var number = 1; number <= last; number++)
        {
            var (faults, inAzurite) = draw.Next(number);
            if (number < first)
                continue;
            var folder = Path.Combine(workingDirectory, $"schedule{number}");
            Directory.CreateDirectory(folder);
            ScheduleOutcome outcome;
            using (var run = new ScheduledRun(folder, [.. planArguments, "--set", "workers.max=3"], faults, inAzurite, (int)seed * 10_000 + number))
            {
                try
                {
                    outcome = await run.ExecuteAsync(cancellation);
                }
                catch (Exception failure) when (failure is InputException or IOException)
                {
                    outcome = new ScheduleOutcome(null, [], 0, TimeSpan.Zero, [failure.Message]);
                }
            }
            var same = outcome.Weights == undisturbed.Weights;
            well += same && outcome.Defects.Count == 0 ? 1 : 0;
            struck.AddRange(outcome.Struck);
            output.WriteLine($"{number,3} {(inAzurite ? "azurite" : "folder "),-7} {string.Join(", ", outcome.Struck)}: {outcome.Redone} steps redone, "
                + $"{(outcome.Time - undisturbed.Time).TotalSeconds:+0.0;-0.0} s, {outcome.Weights?[..16] ?? "not finished"} {(same ? "same" : "DIFFERENT")}{string.Concat(outcome.Defects.Select(defect => $"; DEFECT: {defect}"))}");
            if (same && outcome.Defects.Count == 0)
                Directory.Delete(folder, recursive: true);
        }
        output.WriteLine($"faults by kind: {Table(struck.Select(fault => fault.Kind.ToString()))}");
        output.WriteLine($"workers struck by phase: {Table(struck.Where(fault => fault.StrikesWorker).Select(fault => fault.Phase))}");
        output.WriteLine($"{well} of {last - first + 1} schedules ended with the weights of the undisturbed run, every step once, nothing left behind");
        return well == last - first + 1;
    }

    static string Table(IEnumerable<string> names) => string.Join(", ", names.GroupBy(name => name).OrderBy(group => group.Key, StringComparer.Ordinal).Select(group => $"{group.Key} {group.Count()}"));

    /// <summary>What every schedule is compared with.</summary>
    internal static async Task<(string Weights, long Steps, TimeSpan Time)> UndisturbedAsync(string workingDirectory, IReadOnlyList<string> planArguments, CancellationToken cancellation)
    {
        var folder = Path.Combine(workingDirectory, "undisturbed");
        Directory.CreateDirectory(folder);
        using var run = new ScheduledRun(folder, [.. planArguments, "--set", "workers.max=1"], [], inAzurite: false, 0);
        var outcome = await run.ExecuteAsync(cancellation);
        if (outcome.Weights is not { } weights || outcome.Defects.Count > 0)
            throw new InvalidOperationException($"the undisturbed run did not end well: {string.Join("; ", outcome.Defects)}");
        return (weights, run.Steps, outcome.Time);
    }
}
