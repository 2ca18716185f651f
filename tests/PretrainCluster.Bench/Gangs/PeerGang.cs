using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using PretrainCluster.Core.Plans;
using PretrainCluster.Learning;
using PretrainCluster.Learning.Encoders;
using PretrainCluster.Learning.Objectives;

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
            PeerScript.Write("peer_gang.py", _folder.FullName), _folder.FullName, Arguments(PlanText.Read(plan, Methods.BuiltIn), 25), $"{clips}", $"{checkpointEvery}",
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
    static string Arguments(Plan plan, int joints)
    {
        var (encoder, objective) = ((SkeletonTransformer.Settings)plan.Encoder, (MaskedMotion.Settings)plan.Objective);
        return JsonSerializer.Serialize(new
        {
            persons = 1,
            model = new
            {
                dim_feat = encoder.Width,
                decoder_dim_feat = objective.Decoder.Width == 0 ? encoder.Width : objective.Decoder.Width,
                depth = encoder.Depth,
                decoder_depth = objective.Decoder.Depth,
                num_heads = encoder.Heads,
                mlp_ratio = encoder.MlpRatio,
                num_frames = plan.View.Frames,
                num_joints = joints,
                patch_size = encoder.PatchJoints,
                t_patch_size = encoder.PatchFrames,
                norm_skes_loss = objective.NormalizeTarget,
            },
            step = new { mask_ratio = objective.MaskRatio, motion_stride = objective.MotionStride, motion_aware_tau = objective.Temperature },
        });
    }
}
