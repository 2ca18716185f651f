namespace PretrainCluster.Learning.Encoders;

/// <summary>The blocks of an encoder or decoder.</summary>
static class TransformerStack
{
    /// <param name="plan">heads, MLP ratio and rates; stochastic depth grows linearly over the plan's own depth</param>
    /// <param name="width">features per token of these blocks</param>
    /// <param name="depth">how many of them</param>
    public static ModuleList<TransformerBlock> Create(SkeletonTransformer.Settings plan, int width, int depth)
    {
        var blocks = new TransformerBlock[depth];
        for (var i = 0; i < depth; i++)
        {
            var dropPath = plan.Depth == 1 ? 0 : plan.DropPath * i / (plan.Depth - 1);
            blocks[i] = new TransformerBlock(width, plan.Heads, Hidden(plan, width), plan.Dropout, plan.AttentionDropout, dropPath);
        }
        return nn.ModuleList(blocks);
    }

    /// <summary>Hidden width of a block's MLP.</summary>
    public static int Hidden(SkeletonTransformer.Settings plan, int width) => (int)(width * plan.MlpRatio);

    /// <exception cref="InputException">The heads do not divide the width, or the MLP would have no hidden layer.</exception>
    public static void CheckWidth(SkeletonTransformer.Settings plan, int width, string key)
    {
        if (Hidden(plan, width) < 1)
            throw new InputException($"encoder.mlp_ratio: {plan.MlpRatio} times {key}, {width}, leaves no hidden layer; choose a larger one");
        if (width % plan.Heads != 0)
            throw new InputException($"{key}: {width} is not a multiple of encoder.heads, {plan.Heads}; change one of them");
    }
}
