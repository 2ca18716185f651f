namespace PretrainCluster.Learning.Objectives;

/// <summary>
/// What masked objectives share: hide tokens, encode the rest, predict the hidden patches, squared error on those alone.
/// Persons count as samples of their own. An objective says which tokens are hidden and what is predicted.
/// </summary>
public abstract class MaskedAutoencoder : Objective
{
    /// <summary>The keys that masked objectives share.</summary>
    public abstract record Settings : ObjectiveSettings
    {
        [Description("normalise each token's target to mean 0 and variance 1")]
        public bool NormalizeTarget { get; init; } = true;

        [Description("blocks that predict what is masked")]
        public DecoderSettings Decoder { get; init; } = new();

        public override ObjectivePlan Resolve(EncoderPlan encoder, int frames) =>
            Decoder.Width == 0 && encoder is SkeletonTransformer.Settings transformer ? this with { Decoder = Decoder with { Width = transformer.Width } } : this;

        public override IEnumerable<(string Path, string Message)> Problems(Plan plan, DataShape? shape)
        {
            foreach (var problem in SkeletonTransformer.HidingProblems(this, plan, shape, Masks))
                yield return problem;
            if (plan.Encoder is not SkeletonTransformer.Settings encoder)
                yield break;
            if (Decoder.Width % encoder.Heads != 0)
                yield return ("objective.decoder.width", $"a multiple of encoder.heads, {encoder.Heads}, is expected (the decoder has as many heads), not {Decoder.Width}");
            if (encoder.DropPath > 0 && Decoder.Depth > encoder.Depth)
                yield return ("objective.decoder.depth", $"at most encoder.depth, {encoder.Depth}, is expected where encoder.drop_path is used, not {Decoder.Depth}");
        }

        /// <summary>Which ratios mask nothing, or everything.</summary>
        private protected abstract IEnumerable<(string Path, string Message)> Masks(TokenGrid grid);
    }

    readonly MaskDecoder _decoder;
    readonly bool _normalizeTarget;

    private protected MaskedAutoencoder(string name, Settings plan, SkeletonTransformer encoder, ulong seed) : base(name, encoder)
    {
        Encoder = encoder;
        _normalizeTarget = plan.NormalizeTarget;
        _decoder = new MaskDecoder(encoder.Size, plan.Decoder, encoder.Grid, seed);
        register_module("decoder", _decoder);
        Weights = [.. encoder.Weights, .. _decoder.Weights];
    }

    /// <summary>The encoder that is pretrained; it must have tokens to hide.</summary>
    public new SkeletonTransformer Encoder { get; }

    public override NamedWeights Weights { get; }

    /// <summary>Uniform numbers that one sample's mask is made of.</summary>
    private protected abstract int NoisePerSample { get; }

    /// <summary>Chooses the hidden tokens.</summary>
    /// <param name="clips">[n, frames, joints, 3]</param>
    /// <param name="noise">[n, <see cref="NoisePerSample"/>], uniform in [0, 1)</param>
    private protected abstract TokenMask Mask(Tensor clips, Tensor noise);

    /// <summary>What the hidden patches are cut from, by default the coordinates themselves.</summary>
    /// <param name="clips">[n, frames, joints, 3]</param>
    /// <returns>[n, frames, joints, 3]</returns>
    private protected virtual Tensor Target(Tensor clips) => clips;

    /// <summary>The squared error per masked token (mean over its patch), summed over all masked tokens; the count is their number.</summary>
    /// <param name="clips">[..., frames, joints, 3]</param>
    /// <param name="random">the micro-batch's own stream</param>
    public sealed override LossSum Forward(Tensor clips, CounterRandom random)
    {
        var samples = clips.numel() / (Encoder.Grid.FrameCount * Encoder.Grid.JointCount * 3);
        var uniform = new float[samples * NoisePerSample];
        for (var i = 0; i < uniform.Length; i++)
            uniform[i] = random.NextSingle();
        var noise = tensor(uniform, [samples, NoisePerSample]).to(clips.device);
        return Loss(Pass(clips, noise, training ? new DropoutNoise(random) : null));
    }

    /// <summary>A forward pass with the mask's noise handed in, as parity tests need it.</summary>
    internal MaskedPass Pass(Tensor clips, Tensor noise, DropoutNoise? dropout)
    {
        var grid = Encoder.Grid;
        var folded = clips.reshape(-1, grid.FrameCount, grid.JointCount, 3);
        var mask = Mask(folded, noise);
        var latent = Encoder.Encode(grid.Split(folded), mask.Kept, dropout);
        var prediction = _decoder.Forward(latent, mask, dropout);
        var target = TokenMask.Take(grid.Split(Target(folded)), mask.Masked);
        return new MaskedPass(mask, latent, prediction, _normalizeTarget ? Normalized(target) : target);
    }

    internal static LossSum Loss(MaskedPass pass)
    {
        var error = pass.Prediction - pass.Target;
        var perToken = (error * error).mean([-1]);
        return new LossSum(perToken.sum(), perToken.numel());
    }

    /// <summary>Each token to mean 0 and variance 1 (unbiased variance).</summary>
    static Tensor Normalized(Tensor target)
    {
        var centred = target - target.mean([-1], keepdim: true);
        var variance = (centred * centred).sum(-1, keepdim: true) / (target.shape[^1] - 1);
        return centred / (variance + 1e-6).sqrt();
    }
}

/// <summary>The decoder of a masked objective.</summary>
public sealed record DecoderSettings
{
    [Description("features per token; 0 stands for the encoder's width"), Range(0, 8192)]
    public int Width { get; init; }

    [Description("transformer blocks; at most the encoder's depth where drop_path is used"), Range(1, 128)]
    public int Depth { get; init; } = 5;
}

/// <summary>What a masked forward pass computed.</summary>
/// <param name="Mask">the tokens kept and predicted</param>
/// <param name="Latent">[n, kept tokens, width]</param>
/// <param name="Prediction">[n, masked tokens, patch values]</param>
/// <param name="Target">[n, masked tokens, patch values]</param>
readonly record struct MaskedPass(TokenMask Mask, Tensor Latent, Tensor Prediction, Tensor Target);

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
