namespace PretrainCluster.Learning.Objectives;

/// <summary>Joints masked in all frames, frames in all joints, or both. A "joint" is a token's joints, a "frame" its frames.</summary>
/// <param name="Joints">masked of each person</param>
/// <param name="Frames">masked of each person</param>
readonly record struct WholeMasking(TokenGrid Grid, int Joints, int Frames)
{
    /// <exception cref="InputException">The ratios keep or mask nothing.</exception>
    public static WholeMasking Of(IWholeMasking plan, TokenGrid grid)
    {
        var joints = plan.Masking == SkeletonMasking.Frame ? 0 : Count(plan.JointRatio, grid.Joints, "joint_ratio", "joints");
        var frames = plan.Masking == SkeletonMasking.Joint ? 0 : Count(plan.FrameRatio, grid.Times, "frame_ratio", "time steps");
        if (joints == 0 && frames == 0)
            throw new InputException("objective.joint_ratio, objective.frame_ratio: nothing is masked; set at least the one that objective.masking uses above 0");
        return new WholeMasking(grid, joints, frames);
    }

    /// <summary>Which ratios mask nothing, or everything.</summary>
    public static IEnumerable<(string Path, string Message)> Problems(IWholeMasking plan, TokenGrid grid)
    {
        if (plan.Masking != SkeletonMasking.Frame && RandomMasking.LeavesNothing(grid.Joints, plan.JointRatio))
            yield return ("objective.joint_ratio", $"a part that masks at least one and leaves at least one of {grid.Joints} joint tokens is expected, not {PlanKey.Format(plan.JointRatio)}");
        if (plan.Masking != SkeletonMasking.Joint && RandomMasking.LeavesNothing(grid.Times, plan.FrameRatio))
            yield return ("objective.frame_ratio", $"a part that masks at least one and leaves at least one of {grid.Times} frame tokens is expected, not {PlanKey.Format(plan.FrameRatio)}");
    }

    /// <summary>Tokens of a person that stay visible.</summary>
    public int Kept => (Grid.Joints - Joints) * (Grid.Times - Frames);

    /// <summary>Uniform numbers that a person's mask is made of.</summary>
    public int NoisePerSample => Grid.Joints + Grid.Times;

    /// <param name="noise">[n, <see cref="NoisePerSample"/>], uniform in [0, 1)</param>
    public TokenMask Mask(Tensor noise)
    {
        var joints = Lowest(noise.narrow(1, 0, Grid.Joints), Joints).unsqueeze(1);
        var frames = Lowest(noise.narrow(1, Grid.Joints, Grid.Times), Frames).unsqueeze(2);
        var masked = maximum(joints, frames).reshape(-1, Grid.Tokens);
        return TokenMask.KeepLowest(masked, Kept);
    }

    /// <summary>1 at each sample's <paramref name="count"/> lowest values, else 0.</summary>
    /// <param name="noise">[n, size]</param>
    static Tensor Lowest(Tensor noise, int count)
    {
        var chosen = noise.sort(1, stable: true).Indices.narrow(1, 0, count);
        return zeros_like(noise).scatter(1, chosen, ones_like(noise));
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

/// <summary>The keys that decide it.</summary>
interface IWholeMasking
{
    SkeletonMasking Masking { get; }
    double JointRatio { get; }
    double FrameRatio { get; }
}

/// <summary>What SkeletonMAE masks.</summary>
public enum SkeletonMasking
{
    /// <summary>The same joints in all frames.</summary>
    Joint,

    /// <summary>Whole frames.</summary>
    Frame,

    /// <summary>Both.</summary>
    SpatialTemporal,
}

/// <summary>How many tokens a mask ratio leaves.</summary>
static class RandomMasking
{
    /// <summary>Whether a ratio masks nothing, or everything.</summary>
    public static bool LeavesNothing(int tokens, double ratio) => (int)(tokens * (1 - ratio)) is var kept && (kept == 0 || kept == tokens);

    /// <summary>What is expected of a ratio that does.</summary>
    public static IEnumerable<(string Path, string Message)> Problems(int tokens, double ratio)
    {
        if (LeavesNothing(tokens, ratio))
            yield return ("objective.mask_ratio", $"a part that masks at least one and leaves at least one of {tokens} tokens is expected, not {PlanKey.Format(ratio)}");
    }

    /// <summary>
    /// int(tokens * (1 - ratio)) in double precision, as the public code has it: of 750 tokens a ratio of .9 keeps 74, not 75.
    /// </summary>
    /// <exception cref="InputException">Nothing would be kept, or nothing masked.</exception>
    public static int Kept(int tokens, double ratio)
    {
        var kept = (int)(tokens * (1 - ratio));
        if (kept < 1)
            throw new InputException($"objective.mask_ratio: {ratio} keeps none of a person's {tokens} tokens; choose a smaller ratio");
        if (kept == tokens)
            throw new InputException($"objective.mask_ratio: {ratio} masks none of a person's {tokens} tokens; choose a larger ratio");
        return kept;
    }
}
