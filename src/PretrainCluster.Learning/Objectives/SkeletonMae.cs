using PretrainCluster.Core;
using PretrainCluster.Core.Plans;
using PretrainCluster.Learning.Encoders;

namespace PretrainCluster.Learning.Objectives;

/// <summary>
/// SkeletonMAE (Wu et al., "SkeletonMAE: Spatial-Temporal Masked Autoencoders for Self-supervised Skeleton Action Recognition", arXiv 2209.02399):
/// joints are masked in all frames, frames in all joints, or both, and coordinates predicted. A "joint" is a token's joints, a "frame" its frames.
/// </summary>
public sealed class SkeletonMae : MaskedAutoencoder
{
    readonly WholeMasking _masking;

    /// <exception cref="InputException">The ratios keep or mask nothing.</exception>
    public SkeletonMae(ObjectivePlan plan, SkeletonTransformer encoder, ulong seed) : base(nameof(SkeletonMae), plan, encoder, seed) => _masking = WholeMasking.Of(plan, encoder.Grid);

    /// <summary>Tokens of a person that stay visible.</summary>
    public static int Kept(ObjectivePlan plan, TokenGrid grid) => WholeMasking.Of(plan, grid).Kept;

    private protected override int NoisePerSample => _masking.NoisePerSample;

    private protected override TokenMask Mask(Tensor clips, Tensor noise) => _masking.Mask(noise);
}
