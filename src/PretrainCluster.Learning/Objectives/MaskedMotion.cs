namespace PretrainCluster.Learning.Objectives;

/// <summary>
/// Masked motion prediction with motion-aware masking: MAMP (Mao et al., "Masked Motion Predictors are Strong 3D Action Representation Learners",
/// ICCV 2023). Tokens that move more are masked more often, and what is predicted is motion, not position.
/// </summary>
public sealed class MaskedMotion : MaskedAutoencoder
{
    [Kind("masked_motion", "masked motion prediction with motion-aware masking (MAMP; Mao et al., ICCV 2023)")]
    public new sealed record Settings : MaskedAutoencoder.Settings
    {
        [Description("part of the tokens that is masked"), Range(0.001, 0.999)]
        public double MaskRatio { get; init; } = 0.9;

        [Description("tau of motion-aware masking: larger is closer to uniform"), Range(0.01, 100)]
        public double Temperature { get; init; } = 0.8;

        [Description("frames between the two ends of a motion"), Range(1, 64)]
        public int MotionStride { get; init; } = 1;

        public override Objective Create(ObjectiveContext context) => new MaskedMotion(this, context.Encoder<SkeletonTransformer>(), context.Seed);

        public override IEnumerable<(string Path, string Message)> Problems(Plan plan, DataShape? shape)
        {
            foreach (var problem in base.Problems(plan, shape))
                yield return problem;
            if (MotionStride >= plan.View.Frames)
                yield return ("objective.motion_stride", $"less than view.frames, {plan.View.Frames}, is expected, not {MotionStride}");
        }

        private protected override IEnumerable<(string, string)> Masks(TokenGrid grid) => RandomMasking.Problems(grid.Tokens, MaskRatio);
    }

    readonly int _kept;
    readonly double _temperature;
    readonly int _stride;

    /// <exception cref="InputException">The ratio keeps or masks nothing, or the stride is no shorter than the view.</exception>
    public MaskedMotion(Settings plan, SkeletonTransformer encoder, ulong seed) : base(nameof(MaskedMotion), plan, encoder, seed)
    {
        if (plan.MotionStride >= encoder.Grid.FrameCount)
            throw new InputException($"objective.motion_stride: {plan.MotionStride} is not shorter than the view's {encoder.Grid.FrameCount} frames; choose a shorter one");
        (_kept, _temperature, _stride) = (Kept(plan, encoder.Grid), plan.Temperature, plan.MotionStride);
    }

    /// <summary>Tokens of a person that stay visible.</summary>
    public static int Kept(Settings plan, TokenGrid grid) => RandomMasking.Kept(grid.Tokens, plan.MaskRatio);

    private protected override int NoisePerSample => Encoder.Grid.Tokens;

    /// <summary>
    /// Samples without replacement (Gumbel top-k) with probabilities softmax(motion / (largest motion * temperature)); the tokens drawn last are kept.
    /// </summary>
    private protected override TokenMask Mask(Tensor clips, Tensor noise)
    {
        var intensity = Intensity(clips);
        var scaled = intensity / (intensity.amax([-1], keepdim: true) * _temperature + 1e-10);
        var gumbel = -(-(noise + 1e-10).log() + 1e-10).log();
        return TokenMask.KeepLowest(nn.functional.softmax(scaled, -1).log() + gumbel, _kept);
    }

    /// <summary>How much each token moves: its mean absolute difference from the token before it in time; the first moves as the second.</summary>
    /// <returns>[n, tokens]</returns>
    Tensor Intensity(Tensor clips)
    {
        var grid = Encoder.Grid;
        if (grid.Times == 1)
            return zeros(clips.shape[0], grid.Tokens, device: clips.device);
        var patches = grid.Split(clips).reshape(-1, grid.Times, grid.Joints, grid.Values);
        var change = (patches.narrow(1, 1, grid.Times - 1) - patches.narrow(1, 0, grid.Times - 1)).abs().mean([3]);
        return cat([change.narrow(1, 0, 1), change], 1).reshape(-1, grid.Tokens);
    }

    /// <summary>Motion: position <c>stride</c> frames later minus position; 0 in the last frames.</summary>
    private protected override Tensor Target(Tensor clips)
    {
        var frames = clips.shape[1] - _stride;
        var motion = clips.narrow(1, _stride, frames) - clips.narrow(1, 0, frames);
        return cat([motion, zeros_like(clips.narrow(1, frames, _stride))], 1);
    }
}
