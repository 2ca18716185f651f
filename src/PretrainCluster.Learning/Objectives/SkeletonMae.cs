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
    readonly int _maskedJoints;
    readonly int _maskedFrames;

    /// <exception cref="InputException">The ratios keep or mask nothing.</exception>
    public SkeletonMae(ObjectivePlan plan, SkeletonTransformer encoder, ulong seed) : base(nameof(SkeletonMae), plan, encoder, seed) =>
        (_maskedJoints, _maskedFrames) = Masked(plan, encoder.Grid);

    /// <summary>Tokens of a person that stay visible.</summary>
    public static int Kept(ObjectivePlan plan, TokenGrid grid)
    {
        var (joints, frames) = Masked(plan, grid);
        return (grid.Joints - joints) * (grid.Times - frames);
    }

    private protected override int NoisePerSample => Encoder.Grid.Joints + Encoder.Grid.Times;

    private protected override TokenMask Mask(Tensor clips, Tensor noise)
    {
        var grid = Encoder.Grid;
        var joints = Lowest(noise.narrow(1, 0, grid.Joints), _maskedJoints).unsqueeze(1);
        var frames = Lowest(noise.narrow(1, grid.Joints, grid.Times), _maskedFrames).unsqueeze(2);
        var masked = maximum(joints, frames).reshape(-1, grid.Tokens);
        return TokenMask.KeepLowest(masked, (grid.Joints - _maskedJoints) * (grid.Times - _maskedFrames));
    }

    /// <summary>1 at each sample's <paramref name="count"/> lowest values, else 0.</summary>
    /// <param name="noise">[n, size]</param>
    static Tensor Lowest(Tensor noise, int count)
    {
        var chosen = noise.sort(1, stable: true).Indices.narrow(1, 0, count);
        return zeros_like(noise).scatter(1, chosen, ones_like(noise));
    }

    static (int Joints, int Frames) Masked(ObjectivePlan plan, TokenGrid grid)
    {
        var joints = plan.Masking == SkeletonMasking.Frame ? 0 : Count(plan.JointRatio, grid.Joints, "joint_ratio", "joints");
        var frames = plan.Masking == SkeletonMasking.Joint ? 0 : Count(plan.FrameRatio, grid.Times, "frame_ratio", "time steps");
        if (joints == 0 && frames == 0)
            throw new InputException("objective.joint_ratio, objective.frame_ratio: nothing is masked; set at least the one that objective.masking uses above 0");
        return (joints, frames);
    }

    /// <summary>The nearest whole number, but at least one masked (unless the ratio is 0) and one kept.</summary>
    static int Count(double ratio, int size, string key, string what)
    {
        if (ratio == 0)
            return 0;
        if (size < 2)
            throw new InputException($"objective.{key}: a view of {size} {what} per person cannot keep one and mask one; choose another objective.masking");
        return Math.Clamp((int)Math.Round(size * ratio, MidpointRounding.AwayFromZero), 1, size - 1);
    }
}
