namespace PretrainCluster.Learning.Encoders;

/// <summary>How a person's frames and joints are cut into tokens: [frames, joints, 3] becomes Times x Joints patches of <see cref="Values"/> numbers.</summary>
/// <param name="Times">tokens along time</param>
/// <param name="Joints">tokens along joints</param>
/// <param name="PatchFrames">frames of a token</param>
/// <param name="PatchJoints">joints of a token</param>
public readonly record struct TokenGrid(int Times, int Joints, int PatchFrames, int PatchJoints)
{
    /// <summary>Tokens of one person.</summary>
    public int Tokens => Times * Joints;

    /// <summary>Numbers in a token's patch.</summary>
    public int Values => PatchFrames * PatchJoints * 3;

    public int FrameCount => Times * PatchFrames;
    public int JointCount => Joints * PatchJoints;

    /// <exception cref="InputException">The patches do not tile the frames or the joints.</exception>
    public static TokenGrid Of(SkeletonTransformer.Settings plan, int frames, int joints)
    {
        if (frames < 1 || frames % plan.PatchFrames != 0)
            throw new InputException($"encoder.patch_frames: {plan.PatchFrames} does not divide the view's {frames} frames; choose a divisor, or change view.frames");
        if (joints < 1 || joints % plan.PatchJoints != 0)
            throw new InputException($"encoder.patch_joints: {plan.PatchJoints} does not divide the dataset's {joints} joints; choose a divisor");
        return new TokenGrid(frames / plan.PatchFrames, joints / plan.PatchJoints, plan.PatchFrames, plan.PatchJoints);
    }

    /// <summary>Cuts clips into patches.</summary>
    /// <param name="clips">[n, frames, joints, 3]</param>
    /// <returns>[n, tokens, values]: tokens time-major, values ordered (frame, joint, axis)</returns>
    public Tensor Split(Tensor clips) =>
        clips.reshape(-1, Times, PatchFrames, Joints, PatchJoints, 3).permute(0, 1, 3, 2, 4, 5).reshape(-1, Tokens, Values);
}

/// <summary>
/// The public code's strided convolution over (frames, joints), computed as one product over patches, so that masked tokens need not be embedded.
/// <c>proj.weight</c> keeps the convolution's shape [width, 3, patch frames, patch joints].
/// </summary>
sealed class PatchEmbedding : nn.Module
{
    readonly Conv2d proj;

    public PatchEmbedding(TokenGrid grid, int width) : base(nameof(PatchEmbedding))
    {
        proj = nn.Conv2d(3, width, (grid.PatchFrames, grid.PatchJoints), stride: (grid.PatchFrames, grid.PatchJoints));
        RegisterComponents();
    }

    /// <param name="patches">[n, tokens, values] of <see cref="TokenGrid.Split"/></param>
    /// <returns>[n, tokens, width]</returns>
    public Tensor Forward(Tensor patches)
    {
        var weight = proj.weight!;
        return nn.functional.linear(patches, weight.permute(0, 2, 3, 1).reshape(weight.shape[0], -1), proj.bias);
    }
}

/// <summary>Which tokens an encoder sees and which it has to predict.</summary>
/// <param name="Kept">[n, kept tokens] indices</param>
/// <param name="Masked">[n, masked tokens] indices</param>
readonly record struct TokenMask(Tensor Kept, Tensor Masked)
{
    /// <summary>Keeps each sample's tokens of lowest score; equal scores go by index.</summary>
    /// <param name="scores">[n, tokens]</param>
    /// <param name="keep">tokens kept of each sample</param>
    public static TokenMask KeepLowest(Tensor scores, int keep)
    {
        var order = scores.sort(1, stable: true).Indices;
        return new TokenMask(order.narrow(1, 0, keep), order.narrow(1, keep, scores.shape[1] - keep));
    }

    /// <summary>Picks tokens by index.</summary>
    /// <param name="tokens">[n or 1, tokens, width]; one sample stands for all</param>
    /// <param name="indices">[n, picked]</param>
    /// <returns>[n, picked, width]</returns>
    public static Tensor Take(Tensor tokens, Tensor indices)
    {
        var (n, picked, width) = (indices.shape[0], indices.shape[1], tokens.shape[2]);
        return tokens.expand(n, -1, -1).gather(1, indices.unsqueeze(-1).expand(n, picked, width));
    }
}
