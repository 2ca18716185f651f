namespace PretrainCluster.Core.Plans;

/// <summary>What follows from an encoder's keys.</summary>
public static class EncoderDefaults
{
    /// <summary>What four poolings divide frames by.</summary>
    public const int PooledFrames = 16;

    /// <summary>Frames of a step of st_gcn's features: two of its blocks halve them.</summary>
    public const int StepFrames = 4;

    /// <summary>Steps of st_gcn's features of a view.</summary>
    public static int Steps(int frames) => (frames + StepFrames - 1) / StepFrames;

    /// <summary>Numbers that a clip is encoded as.</summary>
    /// <param name="frames">of a view</param>
    public static int Features(EncoderPlan plan, int frames) => plan.Kind switch
    {
        EncoderKind.Bigru => 2 * plan.Hidden,
        EncoderKind.Hcn => 4 * plan.Channels * (frames / PooledFrames) * (frames / PooledFrames),
        EncoderKind.AGcn => 4 * plan.Channels,
        EncoderKind.HiTrs => 4 * plan.Width,
        _ => plan.Width,
    };

    /// <summary>Blocks of an encoder, by which a part of it is trained and layer-wise learning rates are counted.</summary>
    public static int Blocks(EncoderPlan plan) => plan.Kind switch
    {
        EncoderKind.Bigru => plan.Layers,
        EncoderKind.Hcn => 6,
        EncoderKind.StGcn or EncoderKind.AGcn => 10,
        EncoderKind.HiTrs => 3 * plan.Layers,
        _ => plan.Depth,
    };
}
