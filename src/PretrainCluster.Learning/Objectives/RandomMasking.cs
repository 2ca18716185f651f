using PretrainCluster.Core;

namespace PretrainCluster.Learning.Objectives;

/// <summary>How many tokens a mask ratio leaves.</summary>
static class RandomMasking
{
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
