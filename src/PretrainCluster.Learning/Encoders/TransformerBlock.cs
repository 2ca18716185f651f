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
    public Tensor Forward(Tensor x, DropoutNoise? noise)
    {
        var mixed = attn.Forward(norm1.forward(x), noise);
        x = x + (noise?.DropPath(mixed, _dropPath) ?? mixed);
        var fed = mlp.Forward(norm2.forward(x), noise);
        return x + (noise?.DropPath(fed, _dropPath) ?? fed);
    }
}
