using PretrainCluster.Core;
using PretrainCluster.Core.Sampling;
using PretrainCluster.Faults.Schedules;

namespace PretrainCluster.Faults.Clusters;

/// <summary>Many trainings of one plan by a cluster, each under a schedule of its own; all must end with the weights that a single worker ends with.</summary>
public sealed class ClusterCampaign(string workingDirectory, IReadOnlyList<string> planArguments, TextWriter output)
{
    /// <param name="first">schedules before it are drawn, and left out: to go on with a campaign, or to repeat one schedule of it</param>
    /// <param name="last">of the seed's schedules, counted from 1</param>
    /// <returns>true if every schedule ended well</returns>
    public async Task<bool> RunAsync(int first, int last, ulong seed, CancellationToken cancellation)
    {
        if (MachineNetwork.Missing is { } missing)
            throw new InputException($"faults cluster: {missing}");
        var undisturbed = await ScheduleCampaign.UndisturbedAsync(workingDirectory, planArguments, cancellation);
        output.WriteLine($"undisturbed, one worker of this machine: {undisturbed.Steps} steps in {undisturbed.Time.TotalSeconds:0.0} s, weights {undisturbed.Weights}");
        var random = new CounterRandom(seed, RandomPurpose.Evaluation);
        var well = 0;
        for (var number = 1; number <= last; number++)
        {
            var faults = Draw(ref random, undisturbed.Steps);
            if (number < first)
                continue;
            var folder = Path.Combine(workingDirectory, $"schedule{number}");
            Directory.CreateDirectory(folder);
            ClusterOutcome outcome;
            try
            {
                outcome = await new ClusterSchedule(folder, planArguments, faults, seed * 10_000 + (ulong)number).ExecuteAsync(cancellation);
            }
            catch (Exception failure) when (failure is InputException or IOException or TimeoutException or InvalidOperationException)
            {
                outcome = new ClusterOutcome(null, [], [], TimeSpan.Zero, [failure.Message]);
            }
            var good = outcome.Weights == undisturbed.Weights && outcome.Defects.Count == 0;
            well += good ? 1 : 0;
            output.WriteLine($"{number,3} {string.Join(", ", outcome.Struck)}: {outcome.Redone} steps redone, {outcome.Time.TotalSeconds:0.0} s, "
                + $"{outcome.Weights?[..16] ?? "not finished"} {(outcome.Weights == undisturbed.Weights ? "same" : "DIFFERENT")}{string.Concat(outcome.Defects.Select(defect => $"; DEFECT: {defect}"))}");
            if (good)
                Directory.Delete(folder, recursive: true);
        }
        output.WriteLine($"{well} of {last - first + 1} schedules ended with the weights of the undisturbed run, every step once, nothing left behind");
        return well == last - first + 1;
    }

    // One of each kind, in an order and at steps that the seed decides: not so late that the run is over before it strikes.
    static IReadOnlyList<ClusterFault> Draw(ref CounterRandom random, long steps)
    {
        var kinds = Enum.GetValues<ClusterFaultKind>();
        random.Shuffle(kinds.AsSpan());
        var faults = new List<ClusterFault>();
        for (var i = 0; i < kinds.Length; i++)
            faults.Add(new(kinds[i], (long)(steps * (0.05 + 0.14 * (i + random.NextDouble())))));
        return faults;
    }
}
