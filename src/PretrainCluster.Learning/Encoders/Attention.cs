namespace PretrainCluster.Learning.Encoders;

/// <summary>Multi-head self-attention (Vaswani et al., 2017).</summary>
sealed class Attention : nn.Module
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
    /// <param name="first">tokens before this one are attended to, but get no output</param>
    /// <param name="noise">null in an evaluation pass</param>
    /// <returns>[n, tokens - first, width]</returns>
    public Tensor Forward(Tensor x, long first, DropoutNoise? noise)
    {
        var fused = noise is null || _attentionDropout == 0;
        Tensor mixed;
        if (fused && first == 0)
        {
            mixed = FusedSelf(qkv.forward(x), _heads);
        }
        else
        {
            var (q, k, v) = Project(x, first);
            mixed = (fused ? Fused(q, k, v) : WithDropout(q, k, v, noise!)).transpose(1, 2).flatten(2);
        }
        mixed = proj.forward(mixed);
        return noise?.Drop(mixed, _dropout) ?? mixed;
    }

    (Tensor Q, Tensor K, Tensor V) Project(Tensor x, long first)
    {
        var (tokens, width) = (x.shape[1], x.shape[2]);
        var (weight, bias) = (qkv.weight!, qkv.bias!);
        var asking = x.narrow(1, first, tokens - first).contiguous();
        var q = nn.functional.linear(asking, weight.narrow(0, 0, width), bias.narrow(0, 0, width));
        var kv = nn.functional.linear(x, weight.narrow(0, width, 2 * width), bias.narrow(0, width, 2 * width));
        var parts = Heads(kv, 2);
        return (Heads(q, 1)[0], parts[0], parts[1]);
    }

    /// <summary>[n, tokens, parts * width] as its parts, each [n, heads, tokens, head width].</summary>
    Tensor[] Heads(Tensor x, long parts) => x.reshape(x.shape[0], x.shape[1], parts, _heads, -1).permute(2, 0, 3, 1, 4).unbind(0);

    /// <summary>
    /// softmax(q kᵀ / √width) v by libtorch's fused kernels, forward and backward (FlashAttention; Dao et al., NeurIPS 2022): the map of weights never reaches memory.
    /// </summary>
    /// <param name="q">[n, heads, tokens, head width]</param>
    /// <param name="k">[n, heads, other tokens, head width]</param>
    /// <param name="v">[n, heads, other tokens, head width]</param>
    /// <returns>[n, heads, tokens of q, head width]</returns>
    internal static Tensor Fused(Tensor q, Tensor k, Tensor v) => nn.functional.scaled_dot_product_attention(q, k, v);

    /// <summary>The same among the tokens of one sequence.</summary>
    /// <param name="qkv">[n, tokens, 3 * width]: queries, keys, values</param>
    /// <param name="heads">heads side by side in each of the three</param>
    /// <returns>[n, tokens, width]</returns>
    internal static Tensor FusedSelf(Tensor qkv, int heads)
    {
        var parts = qkv.reshape(qkv.shape[0], qkv.shape[1], 3, heads, -1).permute(2, 0, 3, 1, 4).unbind(0);
        return Fused(parts[0], parts[1], parts[2]).transpose(1, 2).flatten(2);
    }

    Tensor WithDropout(Tensor q, Tensor k, Tensor v, DropoutNoise noise)
    {
        var scale = 1 / Math.Sqrt(q.shape[^1]);
        var map = nn.functional.softmax(q.matmul(k.transpose(-2, -1)) * scale, -1);
        return noise.Drop(map, _attentionDropout).matmul(v);
    }
}
