namespace PretrainCluster.Learning.Encoders;

/// <summary>
/// The skeleton transformer of MAMP (Mao et al., "Masked Motion Predictors are Strong 3D Action Representation Learners", ICCV 2023), of any size.
/// Persons are encoded one by one, with learned temporal and joint embeddings and no class token. Parameters carry the names of the authors' state dict.
/// </summary>
public sealed class SkeletonTransformer : SkeletonEncoder
{
    [Kind("transformer", "the skeleton transformer of MAMP, which has tokens that masked objectives hide (Mao et al., ICCV 2023)")]
    public sealed record Settings : EncoderSettings
    {
        [Description("frames per token; divides the view's frames"), Range(1, 256)]
        public int PatchFrames { get; init; } = 4;

        [Description("joints per token; divides the joint count"), Range(1, 256)]
        public int PatchJoints { get; init; } = 1;

        [Description("features per token and per clip"), Range(1, 8192)]
        public int Width { get; init; } = 256;

        [Description("blocks"), Range(1, 128)]
        public int Depth { get; init; } = 8;

        [Description("attention heads; a divisor of the width"), Range(1, 128)]
        public int Heads { get; init; } = 8;

        [Description("hidden width of a block's MLP, as a multiple of the width"), Range(0.25, 16)]
        public double MlpRatio { get; init; } = 4;

        [Description("dropout of projections and MLPs"), Range(0, 0.95)]
        public double Dropout { get; init; }

        [Description("dropout of attention weights"), Range(0, 0.95)]
        public double AttentionDropout { get; init; }

        [Description("stochastic depth of the last block; earlier blocks grow linearly towards it"), Range(0, 0.95)]
        public double DropPath { get; init; }

        public override int Blocks => Depth;

        public override int Features(int frames) => Width;

        public override SkeletonEncoder Create(ClipShape clip, ulong seed) => new SkeletonTransformer(this, clip.Frames, clip.Joints, seed);

        public override IEnumerable<(string Path, string Message)> Problems(string at, int frames, DataShape? shape)
        {
            if (frames % PatchFrames != 0)
                yield return ($"{at}.patch_frames", $"a divisor of view.frames, {frames}, is expected, not {PatchFrames}");
            if (Width % Heads != 0)
                yield return ($"{at}.heads", $"a divisor of {at}.width, {Width}, is expected, not {Heads}");
            if (shape is not null && shape.Joints % PatchJoints != 0)
                yield return ($"{at}.patch_joints", $"a divisor of the {shape.Joints} joints is expected, not {PatchJoints}");
        }
    }

    /// <summary>What does not fit an objective that hides tokens.</summary>
    /// <param name="masks">what does not fit a person's tokens</param>
    internal static IEnumerable<(string Path, string Message)> HidingProblems(
        ObjectivePlan objective, Plan plan, DataShape? shape, Func<TokenGrid, IEnumerable<(string, string)>> masks)
    {
        if (plan.Encoder is not Settings encoder)
            return [("objective.kind", $"an objective that compares clips, such as moco or nnclr, is expected where encoder.kind is {plan.Encoder.Kind}, not {objective.Kind}: it hides tokens, and only the transformer has them")];
        return shape is not null && plan.View.Frames % encoder.PatchFrames == 0 && shape.Joints % encoder.PatchJoints == 0
            ? masks(TokenGrid.Of(encoder, plan.View.Frames, shape.Joints)) : [];
    }

    readonly Parameter temp_embed;
    readonly Parameter pos_embed;
    readonly PatchEmbedding joints_embed;
    readonly ModuleList<TransformerBlock> blocks;
    readonly LayerNorm norm;

    /// <param name="plan">size and rates</param>
    /// <param name="frames">frames of a view; patches divide them</param>
    /// <param name="joints">joints of a person; patches divide them</param>
    /// <exception cref="Core.InputException">Patches or heads do not divide what they must.</exception>
    public SkeletonTransformer(Settings plan, int frames, int joints, ulong seed) : base(nameof(SkeletonTransformer), plan)
    {
        Grid = TokenGrid.Of(plan, frames, joints);
        TransformerStack.CheckWidth(plan, plan.Width, "encoder.width");

        temp_embed = new Parameter(zeros(1, Grid.Times, 1, plan.Width));
        pos_embed = new Parameter(zeros(1, 1, Grid.Joints, plan.Width));
        joints_embed = new PatchEmbedding(Grid, plan.Width);
        blocks = TransformerStack.Create(plan, plan.Width, plan.Depth);
        norm = nn.LayerNorm(plan.Width);
        RegisterComponents();

        Weights = this.Named();
        Initialization.Fill(Weights, seed);
    }

    public TokenGrid Grid { get; }

    /// <summary>Size and rates.</summary>
    public Settings Size => (Settings)Plan;

    public override int Width => Size.Width;

    public override NamedWeights Weights { get; }

    public override int BlockOf(string name) => NumberAfter("blocks.", name) ?? (name.StartsWith("norm.", StringComparison.Ordinal) ? Blocks : -1);

    public override string Description =>
        $"encoder of width {Size.Width}, depth {Size.Depth}, {Grid.FrameCount} frames, {Grid.JointCount} joints and patches of {Grid.PatchFrames} x {Grid.PatchJoints}";

    public override bool IsBeside(string name) => base.IsBeside(name) || name == "mask_token" || name.StartsWith("decoder_", StringComparison.Ordinal);

    /// <summary>Encodes whole clips; nothing is masked or dropped.</summary>
    /// <param name="clips">[clips, persons, frames, joints, 3], metres</param>
    /// <returns>[clips, persons, times, joints, width], one entry per token</returns>
    public Tensor forward(Tensor clips)
    {
        var tokens = Encode(Grid.Split(clips), kept: null, noise: null);
        return tokens.reshape(clips.shape[0], clips.shape[1], Grid.Times, Grid.Joints, Width);
    }

    /// <summary>The mean of a clip's tokens over persons, time and joints, as MAMP's linear probe takes it.</summary>
    public override Tensor Features(Tensor clips, TrainingPass? pass)
    {
        if (pass is null)
            return forward(clips).mean([1, 2, 3]);
        var tokens = Encode(Grid.Split(clips), kept: null, pass.Noise);
        return tokens.reshape(clips.shape[0], -1, Width).mean([1]);
    }

    public override Tensor Parts(Tensor clips, TrainingPass? pass) => Encode(Grid.Split(clips), kept: null, pass?.Noise).reshape(clips.shape[0], -1, PartWidth);

    public override int PartWidth => Grid.Joints * Width;

    /// <summary>Encodes patches, or only those kept.</summary>
    /// <param name="patches">[n, tokens, values]</param>
    /// <param name="kept">[n, kept tokens] indices, or null for all tokens in order</param>
    /// <param name="noise">null in an evaluation pass</param>
    /// <returns>[n, kept tokens, width]</returns>
    internal Tensor Encode(Tensor patches, Tensor? kept, DropoutNoise? noise)
    {
        var positions = Positions;
        return Encode(kept is null
            ? joints_embed.Forward(patches) + positions
            : joints_embed.Forward(TokenMask.Take(patches, kept)) + TokenMask.Take(positions, kept), noise);
    }

    /// <summary>Encodes all patches, some of them behind a token that stands in their place.</summary>
    /// <param name="patches">[n, tokens, values]</param>
    /// <param name="hidden">[n, tokens, 1], 1 where the token stands, else 0</param>
    /// <param name="token">[1, width]</param>
    /// <param name="noise">null in an evaluation pass</param>
    /// <returns>[n, tokens, width]</returns>
    internal Tensor EncodeBehind(Tensor patches, Tensor hidden, Tensor token, DropoutNoise? noise) =>
        Encode(joints_embed.Forward(patches) * (1 - hidden) + token * hidden + Positions, noise);

    Tensor Positions => (temp_embed + pos_embed).reshape(1, Grid.Tokens, Width);

    Tensor Encode(Tensor x, DropoutNoise? noise)
    {
        foreach (var block in blocks)
            x = block.Forward(x, noise);
        return norm.forward(x);
    }
}
