using PretrainCluster.Core.Plans;
using PretrainCluster.Learning.Encoders;

namespace PretrainCluster.Learning.Objectives;

/// <summary>
/// The masked autoencoder that MAMP's authors compare with: tokens masked uniformly at random (He et al., CVPR 2022), coordinates predicted.
/// </summary>
public sealed class MaskedCoordinates(ObjectivePlan plan, SkeletonTransformer encoder, ulong seed)
    : MaskedAutoencoder(nameof(MaskedCoordinates), plan, encoder, seed)
{
    readonly int _kept = Kept(plan, encoder.Grid);

    /// <summary>Tokens of a person that stay visible.</summary>
    public static int Kept(ObjectivePlan plan, TokenGrid grid) => RandomMasking.Kept(grid.Tokens, plan.MaskRatio);

    private protected override int NoisePerSample => Encoder.Grid.Tokens;

    private protected override TokenMask Mask(Tensor clips, Tensor noise) => TokenMask.KeepLowest(noise, _kept);
}
