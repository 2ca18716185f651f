using System.Globalization;

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

/// <summary>A pre-norm transformer block: x + attention(norm(x)), then x + MLP(norm(x)).</summary>
sealed class TransformerBlock : nn.Module
{
    readonly LayerNorm norm1;
    readonly Attention attn;
    readonly LayerNorm norm2;
    readonly Mlp mlp;
    readonly double _dropPath;

    public TransformerBlock(int width, int heads, int hidden, double dropout, double attentionDropout, double dropPath) : base(nameof(TransformerBlock))
    {
        norm1 = nn.LayerNorm(width);
        attn = new Attention(width, heads, dropout, attentionDropout);
        norm2 = nn.LayerNorm(width);
        mlp = new Mlp(width, hidden, dropout);
        _dropPath = dropPath;
        RegisterComponents();
    }

    /// <param name="x">[n, tokens, width]</param>
    /// <param name="noise">null in an evaluation pass</param>
    /// <param name="first">tokens before this one are attended to, but get no output: a last block need not compute what nobody reads</param>
    /// <returns>[n, tokens - first, width]</returns>
    public Tensor Forward(Tensor x, DropoutNoise? noise, long first = 0)
    {
        // What no backward pass needs ends with the block, not with the micro-batch.
        using var scope = NewDisposeScope();
        var mixed = attn.Forward(norm1.forward(x), first, noise);
        if (first > 0)
            x = x.narrow(1, first, x.shape[1] - first);
        x = x + (noise?.DropPath(mixed, _dropPath) ?? mixed);
        var fed = mlp.Forward(norm2.forward(x), noise);
        return (x + (noise?.DropPath(fed, _dropPath) ?? fed)).MoveToOuterDisposeScope();
    }
}

/// <summary>A block's feed-forward part: linear, GELU (exact, with erf), linear.</summary>
sealed class Mlp : nn.Module
{
    readonly Linear fc1;
    readonly Linear fc2;
    readonly double _dropout;

    public Mlp(int width, int hidden, double dropout) : base(nameof(Mlp))
    {
        fc1 = nn.Linear(width, hidden);
        fc2 = nn.Linear(hidden, width);
        _dropout = dropout;
        RegisterComponents();
    }

    public Tensor Forward(Tensor x, DropoutNoise? noise)
    {
        x = nn.functional.gelu(fc1.forward(x));
        x = noise?.Drop(x, _dropout) ?? x;
        x = fc2.forward(x);
        return noise?.Drop(x, _dropout) ?? x;
    }
}

/// <summary>Layers under the numbers that a torch.nn.Sequential of the public code gives them; those without weights have no place here.</summary>
sealed class NumberedLayers : nn.Module
{
    public NumberedLayers(params (int Number, nn.Module Layer)[] layers) : base(nameof(NumberedLayers))
    {
        foreach (var (number, layer) in layers)
            register_module(number.ToString(CultureInfo.InvariantCulture), layer);
    }
}
