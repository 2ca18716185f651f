namespace PretrainCluster.Learning.Objectives;

/// <summary>
/// The masked autoencoder that MAMP's authors compare with: tokens masked uniformly at random (He et al., CVPR 2022), coordinates predicted.
/// </summary>
public sealed class MaskedCoordinates(MaskedCoordinates.Settings plan, SkeletonTransformer encoder, ulong seed)
    : MaskedAutoencoder(nameof(MaskedCoordinates), plan, encoder, seed)
{
    [Kind("masked_coordinates", "masked coordinates with random masking (the MAE baseline of MAMP's authors; Mao et al., ICCV 2023)")]
    public new sealed record Settings : MaskedAutoencoder.Settings
    {
        [Description("part of the tokens that is masked"), Range(0.001, 0.999)]
        public double MaskRatio { get; init; } = 0.9;

        public override Objective Create(ObjectiveContext context) => new MaskedCoordinates(this, context.Encoder<SkeletonTransformer>(), context.Seed);

        private protected override IEnumerable<(string, string)> Masks(TokenGrid grid) => RandomMasking.Problems(grid.Tokens, MaskRatio);
    }

    readonly int _kept = Kept(plan, encoder.Grid);

    /// <summary>Tokens of a person that stay visible.</summary>
    public static int Kept(Settings plan, TokenGrid grid) => RandomMasking.Kept(grid.Tokens, plan.MaskRatio);

    private protected override int NoisePerSample => Encoder.Grid.Tokens;

    private protected override TokenMask Mask(Tensor clips, Tensor noise) => TokenMask.KeepLowest(noise, _kept);
}
