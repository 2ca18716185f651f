// Attention over whole rows (forward) and over blocks (backward), in the manner of FlashAttention (Dao et al., NeurIPS 2022):
// the map of weights never reaches memory, backward computes it again from the stored log-sums.
// Exponentials are taken to base 2; log2(e) goes into the scale.
#pragma once

#include "kernels.h"
#include "vector.h"

namespace pretrain {
namespace {

constexpr int64_t forward_rows = 12;   // a strip of queries whose weights stay in the first-level cache
constexpr int64_t block_queries = 48;  // backward: two maps of 48 x 96 weights stay there
constexpr int64_t block_keys = 96;

constexpr float log2_e = 1.44269504088896341f;

inline int64_t round_up(int64_t n, int64_t step) { return (n + step - 1) / step * step; }

// [tokens, width] -> [tokens, padded], zeros behind each row.
inline void pack_rows(const float* source, int64_t stride, int64_t tokens, int64_t width, int64_t padded, float factor, float* target) {
    for (int64_t t = 0; t < tokens; t++) {
        for (int64_t d = 0; d < width; d++) target[t * padded + d] = source[t * stride + d] * factor;
        for (int64_t d = width; d < padded; d++) target[t * padded + d] = 0;
    }
}

// [tokens, width] -> [width, padded], zeros behind each row.
inline void pack_columns(const float* source, int64_t stride, int64_t tokens, int64_t width, int64_t padded, float* target) {
    constexpr int64_t tile = 16;
    for (int64_t t0 = 0; t0 < tokens; t0 += tile) {
        int64_t last = t0 + tile < tokens ? t0 + tile : tokens;
        for (int64_t d = 0; d < width; d++)
            for (int64_t t = t0; t < last; t++) target[d * padded + t] = source[t * stride + d];
    }
    for (int64_t d = 0; d < width; d++)
        for (int64_t t = tokens; t < padded; t++) target[d * padded + t] = 0;
}

inline size_t forward_scratch(const AttentionShape& shape) {
    int64_t keys = round_up(shape.keys, W), width = round_up(shape.width, W);
    return shape.width * keys + shape.keys * width + forward_rows * (keys + 2 * width);
}

inline void forward_head(const AttentionForward& call, int64_t b, int64_t h, float* scratch) {
    const auto& shape = call.shape;
    int64_t keys = round_up(shape.keys, W), width = round_up(shape.width, W);
    float* key_columns = scratch;
    float* value_rows = key_columns + shape.width * keys;
    float* weights = value_rows + shape.keys * width;
    float* queries = weights + forward_rows * keys;
    float* sums = queries + forward_rows * width;

    pack_columns(call.key.at(b, h), call.key.token, shape.keys, shape.width, keys, key_columns);
    pack_rows(call.value.at(b, h), call.value.token, shape.keys, shape.width, width, 1, value_rows);

    for (int64_t first = 0; first < shape.queries; first += forward_rows) {
        int64_t rows = shape.queries - first < forward_rows ? shape.queries - first : forward_rows;
        pack_rows(call.query.at(b, h) + first * call.query.token, call.query.token, rows, shape.width, width, shape.scale * log2_e, queries);
        product<false, false>(queries, width, key_columns, keys, rows, keys / W, shape.width, weights, keys);

        float inverse[forward_rows];
        for (int64_t r = 0; r < rows; r++) {
            float* row = weights + r * keys;
            for (int64_t k = shape.keys; k < keys; k++) row[k] = -INFINITY;
            Vector largest = load(row);
            for (int64_t k = W; k < keys; k += W) {
                Vector x = load(row + k);
                largest = x > largest ? x : largest;
            }
            float top = max_of(largest);
            Vector total{};
            int64_t k = 0;
            for (; k + W <= shape.keys; k += W) {
                Vector e = exp2_of(load(row + k) - top);
                store(row + k, e);
                total += e;
            }
            if (k < keys) {
                store(row + k, exp2_of(load(row + k) - top));
                for (int64_t rest = shape.keys; rest < keys; rest++) row[rest] = 0;
                total += load(row + k);
            }
            float sum = sum_of(total);
            inverse[r] = 1 / sum;
            if (call.log_sums != nullptr) call.log_sums[(b * shape.heads + h) * shape.queries + first + r] = top + std::log2(sum);
        }

        product<false, false>(weights, keys, value_rows, width, rows, width / W, shape.keys, sums, width);
        for (int64_t r = 0; r < rows; r++) {
            float* output = call.output.at(b, h) + (first + r) * call.output.token;
            for (int64_t d = 0; d < shape.width; d++) output[d] = sums[r * width + d] * inverse[r];
        }
    }
}

inline size_t backward_scratch(const AttentionShape& shape) {
    int64_t keys = round_up(shape.keys, block_keys), width = round_up(shape.width, W);
    return 2 * shape.width * keys + shape.keys * width + 2 * keys * width + 2 * block_queries * block_keys + 4 * block_queries * width + block_queries;
}

inline void backward_head(const AttentionBackward& call, int64_t b, int64_t h, float* scratch) {
    const auto& shape = call.shape;
    int64_t keys = round_up(shape.keys, block_keys), width = round_up(shape.width, W);
    float* key_columns = scratch;
    float* value_columns = key_columns + shape.width * keys;
    float* key_rows = value_columns + shape.width * keys;
    float* key_sums = key_rows + shape.keys * width;
    float* value_sums = key_sums + keys * width;
    float* weights = value_sums + keys * width;
    float* gradients = weights + block_queries * block_keys;
    float* scaled_queries = gradients + block_queries * block_keys;
    float* queries = scaled_queries + block_queries * width;
    float* output_gradients = queries + block_queries * width;
    float* query_sums = output_gradients + block_queries * width;
    float* deltas = query_sums + block_queries * width;

    pack_columns(call.key.at(b, h), call.key.token, shape.keys, shape.width, keys, key_columns);
    pack_columns(call.value.at(b, h), call.value.token, shape.keys, shape.width, keys, value_columns);
    pack_rows(call.key.at(b, h), call.key.token, shape.keys, shape.width, width, 1, key_rows);
    std::memset(key_sums, 0, sizeof(float) * 2 * keys * width);

    for (int64_t first = 0; first < shape.queries; first += block_queries) {
        int64_t rows = shape.queries - first < block_queries ? shape.queries - first : block_queries;
        const float* source = call.query.at(b, h) + first * call.query.token;
        pack_rows(source, call.query.token, rows, shape.width, width, shape.scale * log2_e, scaled_queries);
        pack_rows(source, call.query.token, rows, shape.width, width, 1, queries);
        pack_rows(call.output_gradient.at(b, h) + first * call.output_gradient.token, call.output_gradient.token, rows, shape.width, width, 1, output_gradients);
        for (int64_t r = 0; r < rows; r++) {
            const float* output = call.output.at(b, h) + (first + r) * call.output.token;
            float delta = 0;
            for (int64_t d = 0; d < shape.width; d++) delta += output[d] * output_gradients[r * width + d];
            deltas[r] = delta;
        }
        std::memset(query_sums, 0, sizeof(float) * rows * width);
        const float* log_sums = call.log_sums + (b * shape.heads + h) * shape.queries + first;

        for (int64_t k0 = 0; k0 < shape.keys; k0 += block_keys) {
            int64_t columns = shape.keys - k0 < block_keys ? shape.keys - k0 : block_keys;
            int64_t vectors = round_up(columns, W) / W;
            product<false, false>(scaled_queries, width, key_columns + k0, keys, rows, vectors, shape.width, weights, block_keys);
            product<false, false>(output_gradients, width, value_columns + k0, keys, rows, vectors, shape.width, gradients, block_keys);
            for (int64_t r = 0; r < rows; r++) {
                float* weight = weights + r * block_keys;
                float* gradient = gradients + r * block_keys;
                for (int64_t v = 0; v < vectors * W; v += W) {
                    Vector p = exp2_of(load(weight + v) - log_sums[r]);
                    store(weight + v, p);
                    store(gradient + v, p * (load(gradient + v) - deltas[r]));
                }
            }
            // Columns past the last key hold no weight; they are left out of every sum below.
            product<false, true>(gradients, block_keys, key_rows + k0 * width, width, rows, width / W, columns, query_sums, width);
            product<true, true>(gradients, block_keys, queries, width, columns, width / W, rows, key_sums + k0 * width, width);
            product<true, true>(weights, block_keys, output_gradients, width, columns, width / W, rows, value_sums + k0 * width, width);
        }

        for (int64_t r = 0; r < rows; r++) {
            float* target = call.query_gradient.at(b, h) + (first + r) * call.query_gradient.token;
            for (int64_t d = 0; d < shape.width; d++) target[d] = query_sums[r * width + d] * shape.scale;
        }
    }

    for (int64_t k = 0; k < shape.keys; k++) {
        float* key = call.key_gradient.at(b, h) + k * call.key_gradient.token;
        float* value = call.value_gradient.at(b, h) + k * call.value_gradient.token;
        for (int64_t d = 0; d < shape.width; d++) {
            key[d] = key_sums[k * width + d] * shape.scale;
            value[d] = value_sums[k * width + d];
        }
    }
}

// Heads are counted over the batch: head i is head i % heads of clip i / heads.
void attention_forward(const AttentionForward& call, int64_t begin, int64_t end, float* scratch) {
    for (int64_t i = begin; i < end; i++) forward_head(call, i / call.shape.heads, i % call.shape.heads, scratch);
}

void attention_backward(const AttentionBackward& call, int64_t begin, int64_t end, float* scratch) {
    for (int64_t i = begin; i < end; i++) backward_head(call, i / call.shape.heads, i % call.shape.heads, scratch);
}

}  // namespace
}  // namespace pretrain
