// Kernels in plain C++ on vector extensions, compiled once per instruction set and chosen when the process starts.
#pragma once

#include <cstddef>
#include <cstdint>

namespace pretrain {

struct AttentionShape {
    int64_t batch, heads, queries, keys, width;
    float scale;
};

// [batch, heads, tokens, width] with any strides, counted in floats; the elements of a token lie side by side.
template <typename T>
struct Tokens {
    T* data;
    int64_t batch, head, token;

    T* at(int64_t b, int64_t h) const { return data + b * this->batch + h * this->head; }
};

struct AttentionForward {
    AttentionShape shape;
    Tokens<const float> query, key, value;
    Tokens<float> output;
    float* log_sums;  // [batch, heads, queries]: log2 of each row's sum of exponentials; null where no gradient is wanted
};

struct AttentionBackward {
    AttentionShape shape;
    Tokens<const float> query, key, value, output, output_gradient;
    const float* log_sums;
    Tokens<float> query_gradient, key_gradient, value_gradient;
};

struct Kernels {
    const char* name;
    size_t (*attention_forward_scratch)(const AttentionShape&);  // floats
    size_t (*attention_backward_scratch)(const AttentionShape&);
    void (*attention_forward)(const AttentionForward&, int64_t begin, int64_t end, float* scratch);
    void (*attention_backward)(const AttentionBackward&, int64_t begin, int64_t end, float* scratch);
};

extern const Kernels generic_kernels;
extern const Kernels avx2_kernels;
extern const Kernels avx512_kernels;

// The widest that this processor runs, or what PRETRAIN_KERNELS names: generic, avx2 or avx512.
const Kernels& kernels();

}  // namespace pretrain
