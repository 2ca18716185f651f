namespace PretrainCluster.Learning.Objectives;

/// <summary>
/// The decoder of a masked autoencoder (He et al., CVPR 2022, as MAMP builds it): encoded tokens and mask tokens, each with its position, through a few blocks,
/// then a linear prediction of the masked patches. Tokens stay in the order kept-then-masked, which attention does not see.
/// </summary>
sealed class MaskDecoder : nn.Module
{
    readonly Parameter mask_token;
    readonly Parameter decoder_temp_embed;
    readonly Parameter decoder_pos_embed;
    readonly Linear decoder_embed;
    readonly ModuleList<TransformerBlock> decoder_blocks;
    readonly LayerNorm decoder_norm;
    readonly Linear decoder_pred;
    readonly TokenGrid _grid;

    public MaskDecoder(SkeletonTransformer.Settings encoder, DecoderSettings plan, TokenGrid grid, ulong seed) : base(nameof(MaskDecoder))
    {
        var width = Width(encoder, plan);
        TransformerStack.CheckWidth(encoder, width, "objective.decoder.width");
        if (encoder.DropPath > 0 && plan.Depth > encoder.Depth)
            throw new Core.InputException($"objective.decoder.depth: {plan.Depth} exceeds encoder.depth, {encoder.Depth}, while encoder.drop_path is used; make it smaller or set drop_path to 0");
        _grid = grid;

        mask_token = new Parameter(zeros(1, 1, width));
        decoder_temp_embed = new Parameter(zeros(1, grid.Times, 1, width));
        decoder_pos_embed = new Parameter(zeros(1, 1, grid.Joints, width));
        decoder_embed = nn.Linear(encoder.Width, width);
        decoder_blocks = TransformerStack.Create(encoder, width, plan.Depth);
        decoder_norm = nn.LayerNorm(width);
        decoder_pred = nn.Linear(width, grid.Values);
        RegisterComponents();

        Weights = this.Named();
        Initialization.Fill(Weights, seed);
    }

    public NamedWeights Weights { get; }

    public static int Width(SkeletonTransformer.Settings encoder, DecoderSettings plan) => plan.Width == 0 ? encoder.Width : plan.Width;

    /// <param name="encoded">[n, kept tokens, encoder width]</param>
    /// <param name="mask">which tokens those are, and which are predicted</param>
    /// <param name="noise">null in an evaluation pass</param>
    /// <returns>[n, masked tokens, patch values]</returns>
    public Tensor Forward(Tensor encoded, TokenMask mask, DropoutNoise? noise)
    {
        var positions = (decoder_temp_embed + decoder_pos_embed).reshape(1, _grid.Tokens, -1);
        var kept = decoder_embed.forward(encoded) + TokenMask.Take(positions, mask.Kept);
        var masked = TokenMask.Take(positions + mask_token, mask.Masked);

        var x = cat([kept, masked], 1);
        for (var i = 0; i < decoder_blocks.Count; i++)
            x = decoder_blocks[i].Forward(x, noise, first: i == decoder_blocks.Count - 1 ? mask.Kept.shape[1] : 0);
        return decoder_pred.forward(decoder_norm.forward(x));
    }
}
