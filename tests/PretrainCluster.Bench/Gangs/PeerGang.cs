using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using PretrainCluster.Core.Plans;

namespace PretrainCluster.Bench.Gangs;

/// <summary>A step that a process of the peer has done.</summary>
readonly record struct PeerStepDone(long Step, DateTimeOffset At, int ProcessId);

/// <summary>The public code under PyTorch's elastic launcher, with as many processes on this machine.</summary>
sealed class PeerGang : IDisposable
{
    static readonly TimeSpan s_patience = TimeSpan.FromMinutes(3);

    readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("pretrain-peer-");
    readonly List<string> _complaints = [];
    readonly Process _launcher;
    readonly int _workers;

    /// <param name="clips">of each process's step</param>
    /// <param name="monitorInterval">seconds between the launcher's looks at its processes; null for its default</param>
    public PeerGang(string plan, int workers, int clips, int checkpointEvery, double? monitorInterval = null)
    {
        _workers = workers;
        string[] interval = monitorInterval is { } seconds ? ["--monitor_interval", seconds.ToString(CultureInfo.InvariantCulture)] : [];
        _launcher = PeerScript.Start(
        [
            "-m", "torch.distributed.run", "--standalone", "--nnodes", "1", "--nproc_per_node", $"{workers}", "--max_restarts", "1000", // Under Python 3.11 this launcher cannot read "0", its own default for both.
            "--redirects", "1", "--tee", "1", "--log_dir", Path.Combine(_folder.FullName, "logs"), .. interval,
            PeerScript.Write("peer_gang.py", _folder.FullName), _folder.FullName, Arguments(PlanText.Read(plan), 25), $"{clips}", $"{checkpointEvery}",
        ], _complaints);
    }

    /// <summary>The newest steps of a rank, oldest first.</summary>
    public IReadOnlyList<PeerStepDone> Steps(int rank)
    {
        var file = Path.Combine(_folder.FullName, $"rank{rank}");
        if (!File.Exists(file))
            return [];
        using var reader = new StreamReader(new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite));
        return [.. reader.ReadToEnd().Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => line.Split(' ')).Where(parts => parts.Length == 3).Select(parts => new PeerStepDone(
            long.Parse(parts[0], CultureInfo.InvariantCulture),
            DateTimeOffset.UnixEpoch.AddSeconds(double.Parse(parts[1], CultureInfo.InvariantCulture)),
            int.Parse(parts[2], CultureInfo.InvariantCulture)))];
    }

    /// <summary>Waits until every rank has done a step after a moment.</summary>
    public void Await(DateTimeOffset after)
    {
        var limit = DateTimeOffset.UtcNow + s_patience;
        while (!Enumerable.Range(0, _workers).All(rank => Steps(rank) is [.., var last] && last.At > after))
        {
            if (_launcher.HasExited || DateTimeOffset.UtcNow > limit)
                throw new InvalidOperationException($"the peer does not train: {_complaints.LastOrDefault(line => line.Length > 0)}");
            Thread.Sleep(5);
        }
    }

    public void Dispose()
    {
        _launcher.Kill(entireProcessTree: true);
        _launcher.WaitForExit();
        _launcher.Dispose();
        _folder.Delete(recursive: true);
    }

    /// <summary>The public model's arguments for a plan.</summary>
    static string Arguments(Plan plan, int joints) => JsonSerializer.Serialize(new
    {
        persons = 1,
        model = new
        {
            dim_feat = plan.Encoder.Width,
            decoder_dim_feat = plan.Objective.Decoder.Width == 0 ? plan.Encoder.Width : plan.Objective.Decoder.Width,
            depth = plan.Encoder.Depth,
            decoder_depth = plan.Objective.Decoder.Depth,
            num_heads = plan.Encoder.Heads,
            mlp_ratio = plan.Encoder.MlpRatio,
            num_frames = plan.View.Frames,
            num_joints = joints,
            patch_size = plan.Encoder.PatchJoints,
            t_patch_size = plan.Encoder.PatchFrames,
            norm_skes_loss = plan.Objective.NormalizeTarget,
        },
        step = new { mask_ratio = plan.Objective.MaskRatio, motion_stride = plan.Objective.MotionStride, motion_aware_tau = plan.Objective.Temperature },
    });
}
