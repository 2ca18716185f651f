// pretrain::attention and pretrain::self_attention: the fused kernels as operators with gradients. What the kernels do not cover
// (other devices, double precision) is computed from libtorch's own operators.
#include <ATen/ATen.h>
#include <ATen/Parallel.h>
#include <torch/csrc/autograd/custom_function.h>
#include <torch/library.h>

#include "kernels.h"

namespace pretrain {
namespace {

using at::Tensor;
using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

template <typename T>
Tokens<T> tokens(const Tensor& tensor) {
    return {tensor.data_ptr<float>(), tensor.stride(0), tensor.stride(1), tensor.stride(2)};
}

// Float, and each token's elements side by side; a view of qkv is both and is not copied.
Tensor readable(const Tensor& tensor) {
    auto floats = tensor.to(at::kFloat);
    return floats.stride(3) == 1 ? floats : floats.contiguous();
}

AttentionShape shape_of(const Tensor& query, const Tensor& key, double scale) {
    return {query.size(0), query.size(1), query.size(2), key.size(2), query.size(3), static_cast<float>(scale)};
}

// Memory laid out as [batch, tokens, heads, width], seen as [batch, heads, tokens, width]: joining the heads again copies nothing.
Tensor empty_heads(const Tensor& like) {
    return at::empty({like.size(0), like.size(2), like.size(1), like.size(3)}, like.options().dtype(at::kFloat)).transpose(1, 2);
}

template <typename Body>
void each_head(const AttentionShape& shape, size_t scratch, Body body) {
    at::parallel_for(0, shape.batch * shape.heads, 1, [&](int64_t begin, int64_t end) {
        auto buffer = at::empty({static_cast<int64_t>(scratch)}, at::kFloat);
        body(begin, end, buffer.data_ptr<float>());
    });
}

Tensor forward(const Tensor& query, const Tensor& key, const Tensor& value, double scale, Tensor* log_sums) {
    auto output = empty_heads(query);
    auto shape = shape_of(query, key, scale);
    if (output.numel() == 0) return output;
    if (log_sums != nullptr) *log_sums = at::empty({shape.batch, shape.heads, shape.queries}, output.options());
    AttentionForward call{shape, tokens<const float>(query), tokens<const float>(key), tokens<const float>(value), tokens<float>(output),
        log_sums == nullptr ? nullptr : log_sums->data_ptr<float>()};
    each_head(shape, kernels().attention_forward_scratch(shape), [&](int64_t begin, int64_t end, float* scratch) {
        kernels().attention_forward(call, begin, end, scratch);
    });
    return output;
}

void backward(const Tensor& query, const Tensor& key, const Tensor& value, const Tensor& output, const Tensor& log_sums, const Tensor& gradient, double scale,
    const Tensor& query_gradient, const Tensor& key_gradient, const Tensor& value_gradient) {
    // The engine hands out gradients of its own making, on which create_graph would build nothing.
    TORCH_CHECK(!c10::GradMode::is_enabled(), "pretrain::attention cannot be differentiated twice (create_graph)");
    auto shape = shape_of(query, key, scale);
    if (query.numel() == 0) return;
    auto readable_gradient = readable(gradient);
    AttentionBackward call{shape, tokens<const float>(query), tokens<const float>(key), tokens<const float>(value), tokens<const float>(output),
        tokens<const float>(readable_gradient), log_sums.data_ptr<float>(), tokens<float>(query_gradient), tokens<float>(key_gradient), tokens<float>(value_gradient)};
    each_head(shape, kernels().attention_backward_scratch(shape), [&](int64_t begin, int64_t end, float* scratch) {
        kernels().attention_backward(call, begin, end, scratch);
    });
}

struct AttentionFunction : torch::autograd::Function<AttentionFunction> {
    static Tensor forward(AutogradContext* context, const Tensor& query, const Tensor& key, const Tensor& value, double scale) {
        auto q = readable(query), k = readable(key), v = readable(value);
        Tensor log_sums;
        auto output = pretrain::forward(q, k, v, scale, &log_sums);
        context->save_for_backward({q, k, v, output, log_sums});
        context->saved_data["scale"] = scale;
        context->saved_data["type"] = static_cast<int64_t>(query.scalar_type());
        return output.to(query.scalar_type());
    }

    static variable_list backward(AutogradContext* context, variable_list gradients) {
        auto saved = context->get_saved_variables();
        auto query_gradient = empty_heads(saved[0]), key_gradient = empty_heads(saved[1]), value_gradient = empty_heads(saved[2]);
        pretrain::backward(saved[0], saved[1], saved[2], saved[3], saved[4], gradients[0], context->saved_data["scale"].toDouble(), query_gradient, key_gradient, value_gradient);
        auto type = static_cast<at::ScalarType>(context->saved_data["type"].toInt());
        return {query_gradient.to(type), key_gradient.to(type), value_gradient.to(type), Tensor()};
    }
};

// Part i of qkv [batch, tokens, 3 * heads * width] as [batch, heads, tokens, width].
Tensor part(const Tensor& qkv, int64_t heads, int64_t i) {
    int64_t width = qkv.size(2) / (3 * heads);
    return qkv.unflatten(2, {3, heads, width}).select(2, i).transpose(1, 2);
}

struct SelfAttentionFunction : torch::autograd::Function<SelfAttentionFunction> {
    static Tensor forward(AutogradContext* context, const Tensor& qkv, int64_t heads, double scale) {
        auto source = qkv.to(at::kFloat).contiguous();
        Tensor log_sums;
        auto output = pretrain::forward(part(source, heads, 0), part(source, heads, 1), part(source, heads, 2), scale, &log_sums);
        context->save_for_backward({source, output, log_sums});
        context->saved_data["heads"] = heads;
        context->saved_data["scale"] = scale;
        context->saved_data["type"] = static_cast<int64_t>(qkv.scalar_type());
        return output.transpose(1, 2).flatten(2).to(qkv.scalar_type());
    }

    static variable_list backward(AutogradContext* context, variable_list gradients) {
        auto saved = context->get_saved_variables();
        auto heads = context->saved_data["heads"].toInt();
        auto qkv = saved[0];
        auto result = at::empty_like(qkv);
        auto gradient = gradients[0].unflatten(2, {heads, qkv.size(2) / (3 * heads)}).transpose(1, 2);
        pretrain::backward(part(qkv, heads, 0), part(qkv, heads, 1), part(qkv, heads, 2), saved[1], saved[2], gradient, context->saved_data["scale"].toDouble(),
            part(result, heads, 0), part(result, heads, 1), part(result, heads, 2));
        return {result.to(static_cast<at::ScalarType>(context->saved_data["type"].toInt())), Tensor(), Tensor()};
    }
};

bool fusible(const Tensor& tensor) {
    return tensor.device().is_cpu() && (tensor.scalar_type() == at::kFloat || tensor.scalar_type() == at::kBFloat16 || tensor.scalar_type() == at::kHalf);
}

Tensor unfused(const Tensor& query, const Tensor& key, const Tensor& value, double scale) {
    return at::matmul(at::softmax(at::matmul(query * scale, key.transpose(-2, -1)), -1), value);
}

Tensor attention(const Tensor& query, const Tensor& key, const Tensor& value, double scale) {
    TORCH_CHECK(query.dim() == 4 && key.dim() == 4 && value.dim() == 4, "attention needs [batch, heads, tokens, width], not ", query.sizes(), ", ", key.sizes(), ", ", value.sizes());
    TORCH_CHECK(query.size(0) == key.size(0) && query.size(1) == key.size(1) && query.size(3) == key.size(3) && key.sizes() == value.sizes(),
        "attention needs queries, keys and values of one batch, heads and width, not ", query.sizes(), ", ", key.sizes(), ", ", value.sizes());
    TORCH_CHECK(key.size(2) > 0 || query.numel() == 0, "attention needs at least one key");
    if (!fusible(query) || !fusible(key) || !fusible(value)) return unfused(query, key, value, scale);
    if (c10::GradMode::is_enabled() && (query.requires_grad() || key.requires_grad() || value.requires_grad())) return AttentionFunction::apply(query, key, value, scale);
    return forward(readable(query), readable(key), readable(value), scale, nullptr).to(query.scalar_type());
}

Tensor self_attention(const Tensor& qkv, int64_t heads, double scale) {
    TORCH_CHECK(qkv.dim() == 3 && heads > 0 && qkv.size(2) % (3 * heads) == 0, "self-attention of ", heads, " heads needs [batch, tokens, 3 * heads * width], not ", qkv.sizes());
    if (!fusible(qkv)) return unfused(part(qkv, heads, 0), part(qkv, heads, 1), part(qkv, heads, 2), scale).transpose(1, 2).flatten(2);
    if (c10::GradMode::is_enabled() && qkv.requires_grad()) return SelfAttentionFunction::apply(qkv, heads, scale);
    auto source = qkv.to(at::kFloat).contiguous();
    return forward(part(source, heads, 0), part(source, heads, 1), part(source, heads, 2), scale, nullptr).transpose(1, 2).flatten(2).to(qkv.scalar_type());
}

}  // namespace
}  // namespace pretrain

TORCH_LIBRARY_FRAGMENT(pretrain, library) {
    library.def("attention(Tensor query, Tensor key, Tensor value, float scale) -> Tensor", pretrain::attention);
    library.def("self_attention(Tensor qkv, int heads, float scale) -> Tensor", pretrain::self_attention);
}
