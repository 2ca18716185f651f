namespace PretrainCluster.Learning.Objectives;

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
