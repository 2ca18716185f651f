namespace PretrainCluster.Learning.Encoders;

sealed partial class Attention
{
    /// <summary>softmax(q kᵀ / √width) v by the engine's fused kernel, forward and backward.</summary>
    /// <param name="q">[n, heads, tokens, head width]</param>
    /// <param name="k">[n, heads, tokens, head width]</param>
    /// <param name="v">[n, heads, tokens, head width]</param>
    static Tensor Fused(Tensor q, Tensor k, Tensor v) => nn.functional.scaled_dot_product_attention(q, k, v);
}
