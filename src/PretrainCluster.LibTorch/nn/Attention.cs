using static PretrainCluster.LibTorch.Interop.Dispatcher;

namespace PretrainCluster.LibTorch;

public static partial class torch
{
    public static partial class nn
    {
        public static partial class functional
        {
            /// <summary>
            /// softmax(scale q kᵀ) v in one pass that never writes the map of weights (native/kernels/attention.h). All of [batch, heads, tokens, width]; views of
            /// a joint projection are read where they are. The result lies in memory as [batch, tokens, heads, width], so that joining heads copies nothing.
            /// </summary>
            public static Tensor scaled_dot_product_attention(Tensor query, Tensor key, Tensor value, double? scale = null) =>
                Call("pretrain::attention", query, key, value, scale ?? 1 / Math.Sqrt(query.size(-1)));

            /// <summary>
            /// Attention of a sequence to itself, from its joint projection [batch, tokens, 3 * heads * width] (queries, keys, values in this order) to
            /// [batch, tokens, heads * width]. The gradient is written as one tensor too, instead of being put together from three.
            /// </summary>
            public static Tensor self_attention(Tensor qkv, long heads, double? scale = null) =>
                Call("pretrain::self_attention", qkv, heads, scale ?? 1 / Math.Sqrt(qkv.size(-1) / (3 * heads)));
        }
    }
}
