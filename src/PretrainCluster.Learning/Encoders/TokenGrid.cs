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
