namespace PretrainCluster.Learning.Encoders;

/// <summary>Multi-head self-attention (Vaswani et al., 2017).</summary>
sealed partial class Attention : nn.Module
{
    readonly Linear proj;
    readonly Linear qkv;
    readonly int _heads;
    readonly double _dropout;
    readonly double _attentionDropout;

    public Attention(int width, int heads, double dropout, double attentionDropout) : base(nameof(Attention))
    {
        proj = nn.Linear(width, width);
        qkv = nn.Linear(width, 3 * width);
        (_heads, _dropout, _attentionDropout) = (heads, dropout, attentionDropout);
        RegisterComponents();
    }

    /// <param name="x">[n, tokens, width]</param>
    /// <param name="noise">null in an evaluation pass</param>
    public Tensor Forward(Tensor x, DropoutNoise? noise)
    {
        var (n, tokens, width) = (x.shape[0], x.shape[1], x.shape[2]);
        var parts = qkv.forward(x).reshape(n, tokens, 3, _heads, width / _heads).permute(2, 0, 3, 1, 4).unbind(0);
        var (q, k, v) = (parts[0], parts[1], parts[2]);

        var mixed = noise is null || _attentionDropout == 0 ? Fused(q, k, v) : WithDropout(q, k, v, noise);
        mixed = proj.forward(mixed.transpose(1, 2).reshape(n, tokens, width));
        return noise?.Drop(mixed, _dropout) ?? mixed;
    }

    Tensor WithDropout(Tensor q, Tensor k, Tensor v, DropoutNoise noise)
    {
        var scale = 1 / Math.Sqrt(q.shape[^1]);
        var map = nn.functional.softmax(q.matmul(k.transpose(-2, -1)) * scale, -1);
        return noise.Drop(map, _attentionDropout).matmul(v);
    }
}
