using System.Diagnostics;
using System.Globalization;
using System.Reflection;
using System.Text.Json;
using PretrainCluster.Core.Plans;

namespace PretrainCluster.Bench;

/// <summary>The public PyTorch code in a Python process of its own, stepping when it is told to.</summary>
static class PeerStep
{
    const string Python = "/usr/bin/python3";

    /// <summary>The peer, on as many threads, or the reason why there is none.</summary>
    public static (StepProcess? Peer, string? Missing) Start(Plan plan, int joints, int batch, int threads)
    {
        var source = Environment.GetEnvironmentVariable("MAMP_SOURCE");
        if (string.IsNullOrEmpty(source))
            return (null, "MAMP_SOURCE is not set; it names a checkout of the public MAMP code");
        if (!File.Exists(Path.Combine(source, "model_mamp", "transformer.py")))
            return (null, "MAMP_SOURCE holds no model_mamp/transformer.py");
        if (!File.Exists(Python))
            return (null, $"there is no {Python}");
        if (plan.Objective.Kind != ObjectiveKind.MaskedMotion)
            return (null, "the plan's objective is not masked_motion");

        var start = new ProcessStartInfo(Python, ["-c", Script(), $"{batch}", $"{threads}", Arguments(plan, joints)]);
        foreach (var name in (string[])["OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"])
            start.Environment[name] = threads.ToString(CultureInfo.InvariantCulture);
        return StepProcess.Start(start);
    }

    static string Script()
    {
        using var reader = new StreamReader(Assembly.GetExecutingAssembly().GetManifestResourceStream("peer_step.py")!);
        return reader.ReadToEnd();
    }

    /// <summary>The public model's arguments for a plan.</summary>
    public static string Arguments(Plan plan, int joints) => JsonSerializer.Serialize(new
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
