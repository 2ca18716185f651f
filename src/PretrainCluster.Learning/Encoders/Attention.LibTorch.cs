namespace PretrainCluster.Learning.Encoders;

sealed partial class Attention
{
    /// <summary>Whether a backward pass finds a map of weights in memory though nothing is dropped from it: the fused kernel is the CPU's.</summary>
    internal static bool KeepsMap(bool onGpu) => onGpu;

    /// <summary>softmax(q kᵀ / √width) v by the engine's fused kernel, forward and backward.</summary>
    /// <param name="q">[n, heads, tokens, head width]</param>
    /// <param name="k">[n, heads, other tokens, head width]</param>
    /// <param name="v">[n, heads, other tokens, head width]</param>
    /// <returns>[n, heads, tokens of q, head width]</returns>
    internal static Tensor Fused(Tensor q, Tensor k, Tensor v) => nn.functional.scaled_dot_product_attention(q, k, v);

    /// <summary>The same among the tokens of one sequence, without taking queries, keys and values apart.</summary>
    /// <param name="qkv">[n, tokens, 3 * width]: queries, keys, values</param>
    /// <param name="heads">heads side by side in each of the three</param>
    /// <returns>[n, tokens, width]</returns>
    internal static Tensor FusedSelf(Tensor qkv, int heads) => nn.functional.self_attention(qkv, heads);
}
