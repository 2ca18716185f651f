using System.Diagnostics;

namespace PretrainCluster.Bench.Gangs;

/// <summary>The same kill under PyTorch's elastic launcher.</summary>
static class PeerRecovery
{
    const int Workers = 3;

    public static void Run(TextWriter output, string plan, int times)
    {
        if (times == 0)
            return;
        if (PeerScript.Missing() is { } missing)
        {
            output.WriteLine($"the peer is not measured: {missing}");
            return;
        }
        foreach (var interval in (double?[])[null, 0.1])
        {
            var (delays, redone, kept) = (new List<double>(), 0L, 0);
            using var peer = new PeerGang(plan, Workers, clips: 1, checkpointEvery: 5, interval);
            for (var kill = 0; kill < times; kill++)
            {
                var begun = DateTimeOffset.UtcNow;
                for (var step = 0; step < 7; step++)
                    peer.Await(begun = DateTimeOffset.UtcNow);
                var before = peer.Steps(0);
                var processes = Enumerable.Range(0, Workers).Select(rank => peer.Steps(rank)[^1].ProcessId).ToList();
                var length = (before[^1].At - before[^3].At).TotalSeconds / 2;
                var killed = DateTimeOffset.UtcNow;
                Process.GetProcessById(processes[1]).Kill();
                peer.Await(killed.AddSeconds(0.05));
                var after = peer.Steps(0).First(step => step.At > killed && step.ProcessId != processes[0]);
                delays.Add((after.At - killed).TotalSeconds - length);
                redone = Math.Max(redone, before[^1].Step - after.Step + 1);
                kept += Enumerable.Range(0, Workers).Count(rank => peer.Steps(rank)[^1].ProcessId == processes[rank]);
            }
            output.WriteLine($"torch.distributed.run, monitor interval {(interval is { } set ? $"{set} s" : "as it comes")}: median {Timing.Median(delays):0.0} s, worst {delays.Max():0.0} s ({times} kills), "
                + $"up to {redone} steps redone from a checkpoint every 5, {kept} of {times * (Workers - 1)} survivors kept their process");
        }
    }
}
