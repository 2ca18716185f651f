namespace PretrainCluster.Learning.Objectives;

/// <summary>
/// SkeletonMAE (Wu et al., "SkeletonMAE: Spatial-Temporal Masked Autoencoders for Self-supervised Skeleton Action Recognition", arXiv 2209.02399):
/// joints are masked in all frames, frames in all joints, or both, and coordinates predicted. A "joint" is a token's joints, a "frame" its frames.
/// </summary>
public sealed class SkeletonMae : MaskedAutoencoder
{
    [Kind("skeleton_mae", "masked coordinates, joints and frames masked whole (SkeletonMAE; Wu et al., ICMEW 2023)")]
    public new sealed record Settings : MaskedAutoencoder.Settings, IWholeMasking
    {
        [Description("which parts are masked")]
        public SkeletonMasking Masking { get; init; } = SkeletonMasking.SpatialTemporal;

        [Description("part of the joints masked in all frames"), Range(0.001, 0.999)]
        [UsedBy(nameof(Masking), SkeletonMasking.Joint, SkeletonMasking.SpatialTemporal)]
        public double JointRatio { get; init; } = 0.5;

        [Description("part of the frames masked whole"), Range(0.001, 0.999)]
        [UsedBy(nameof(Masking), SkeletonMasking.Frame, SkeletonMasking.SpatialTemporal)]
        public double FrameRatio { get; init; } = 0.5;

        public override Objective Create(ObjectiveContext context) => new SkeletonMae(this, context.Encoder<SkeletonTransformer>(), context.Seed);

        private protected override IEnumerable<(string, string)> Masks(TokenGrid grid) => WholeMasking.Problems(this, grid);
    }

    readonly WholeMasking _masking;

    /// <exception cref="InputException">The ratios keep or mask nothing.</exception>
    public SkeletonMae(Settings plan, SkeletonTransformer encoder, ulong seed) : base(nameof(SkeletonMae), plan, encoder, seed) => _masking = WholeMasking.Of(plan, encoder.Grid);

    private protected override int NoisePerSample => _masking.NoisePerSample;

    private protected override TokenMask Mask(Tensor clips, Tensor noise) => _masking.Mask(noise);
}
