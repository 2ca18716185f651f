using PretrainCluster.Core.Plans;

namespace PretrainCluster.Learning.Encoders;

/// <summary>
/// The skeleton transformer of MAMP (Mao et al., "Masked Motion Predictors are Strong 3D Action Representation Learners", ICCV 2023), of any size.
/// Persons are encoded one by one, with learned temporal and joint embeddings and no class token. Parameters carry the names of the authors' state dict.
/// </summary>
public sealed class SkeletonTransformer : SkeletonEncoder
{
    readonly Parameter temp_embed;
    readonly Parameter pos_embed;
    readonly PatchEmbedding joints_embed;
    readonly ModuleList<TransformerBlock> blocks;
    readonly LayerNorm norm;

    /// <param name="plan">size and rates</param>
    /// <param name="frames">frames of a view; patches divide them</param>
    /// <param name="joints">joints of a person; patches divide them</param>
    /// <param name="seed">initial weights are a function of this and of each parameter's name and shape</param>
    /// <exception cref="Core.InputException">Patches or heads do not divide what they must.</exception>
    public SkeletonTransformer(EncoderPlan plan, int frames, int joints, ulong seed) : base(nameof(SkeletonTransformer), plan)
    {
        Grid = TokenGrid.Of(plan, frames, joints);
        TransformerStack.CheckWidth(plan, plan.Width, "encoder.width");

        temp_embed = new Parameter(zeros(1, Grid.Times, 1, plan.Width));
        pos_embed = new Parameter(zeros(1, 1, Grid.Joints, plan.Width));
        joints_embed = new PatchEmbedding(Grid, plan.Width);
        blocks = TransformerStack.Create(plan, plan.Width, plan.Depth);
        norm = nn.LayerNorm(plan.Width);
        RegisterComponents();

        Weights = [.. named_parameters().Select(weight => (weight.name, weight.parameter))];
        Initialization.Fill(Weights, seed);
    }

    public TokenGrid Grid { get; }

    /// <summary>Features per token and per clip.</summary>
    public override int Width => Plan.Width;

    public override IReadOnlyList<(string Name, Parameter Parameter)> Weights { get; }

    public override int BlockOf(string name) => NumberAfter("blocks.", name) ?? (name.StartsWith("norm.", StringComparison.Ordinal) ? Blocks : -1);

    internal override string Description =>
        $"encoder of width {Plan.Width}, depth {Plan.Depth}, {Grid.FrameCount} frames, {Grid.JointCount} joints and patches of {Grid.PatchFrames} x {Grid.PatchJoints}";

    internal override bool IsBeside(string name) => base.IsBeside(name) || name == "mask_token" || name.StartsWith("decoder_", StringComparison.Ordinal);

    /// <summary>Encodes whole clips; nothing is masked or dropped.</summary>
    /// <param name="clips">[clips, persons, frames, joints, 3], metres</param>
    /// <returns>[clips, persons, times, joints, width], one entry per token</returns>
    public Tensor forward(Tensor clips)
    {
        var tokens = Encode(Grid.Split(clips), kept: null, noise: null);
        return tokens.reshape(clips.shape[0], clips.shape[1], Grid.Times, Grid.Joints, Width);
    }

    /// <summary>The mean of a clip's tokens over persons, time and joints, as MAMP's linear probe takes it.</summary>
    internal override Tensor Features(Tensor clips, TrainingPass? pass)
    {
        if (pass is null)
            return forward(clips).mean([1, 2, 3]);
        var tokens = Encode(Grid.Split(clips), kept: null, pass.Noise);
        return tokens.reshape(clips.shape[0], -1, Width).mean([1]);
    }

    internal override Tensor Parts(Tensor clips, TrainingPass? pass) => Encode(Grid.Split(clips), kept: null, pass?.Noise).reshape(clips.shape[0], -1, PartWidth);

    internal override int PartWidth => Grid.Joints * Width;

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
