namespace PretrainCluster.Learning.Encoders;

sealed partial class Attention
{
    /// <summary>Whether a backward pass finds a map of weights in memory though nothing is dropped from it.</summary>
    internal static bool KeepsMap(bool onGpu) => true;

    /// <summary>softmax(q kᵀ / √width) v, by libtorch's operators: the map of weights lies in memory.</summary>
    /// <param name="q">[n, heads, tokens, head width]</param>
    /// <param name="k">[n, heads, other tokens, head width]</param>
    /// <param name="v">[n, heads, other tokens, head width]</param>
    /// <returns>[n, heads, tokens of q, head width]</returns>
    internal static Tensor Fused(Tensor q, Tensor k, Tensor v) => nn.functional.softmax((q * (1 / Math.Sqrt(q.shape[^1]))).matmul(k.transpose(-2, -1)), -1).matmul(v);

    /// <summary>The same among the tokens of one sequence.</summary>
    /// <param name="qkv">[n, tokens, 3 * width]: queries, keys, values</param>
    /// <param name="heads">heads side by side in each of the three</param>
    /// <returns>[n, tokens, width]</returns>
    internal static Tensor FusedSelf(Tensor qkv, int heads)
    {
        var parts = qkv.reshape(qkv.shape[0], qkv.shape[1], 3, heads, -1).permute(2, 0, 3, 1, 4).unbind(0);
        return Fused(parts[0], parts[1], parts[2]).transpose(1, 2).flatten(2);
    }
}
