namespace PretrainCluster.Learning.Encoders;

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
