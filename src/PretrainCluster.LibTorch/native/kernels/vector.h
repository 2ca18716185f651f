// Vectors of WIDTH floats on GCC's extensions: the same source serves AVX-512, AVX2 and what the compiler has elsewhere.
// Everything is in an unnamed namespace, since each instruction set compiles its own copy.
#pragma once

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstring>

namespace pretrain {
namespace {

constexpr int W = WIDTH;

typedef float Vector __attribute__((vector_size(WIDTH * 4)));
typedef int32_t Integers __attribute__((vector_size(WIDTH * 4)));
typedef float UnalignedVector __attribute__((vector_size(WIDTH * 4), aligned(4), may_alias));

inline Vector load(const float* p) { return *reinterpret_cast<const UnalignedVector*>(p); }
inline void store(float* p, Vector v) { *reinterpret_cast<UnalignedVector*>(p) = v; }
inline Vector splat(float x) { return x - Vector{}; }

// A NaN in b stays.
inline Vector at_least(float low, Vector b) { return b < low ? splat(low) : b; }

inline float sum_of(Vector v) {
    float lanes[W];
    store(lanes, v);
    for (int step = W / 2; step > 0; step /= 2)
        for (int i = 0; i < step; i++) lanes[i] += lanes[i + step];
    return lanes[0];
}

inline float max_of(Vector v) {
    float lanes[W];
    store(lanes, v);
    for (int step = W / 2; step > 0; step /= 2)
        for (int i = 0; i < step; i++) lanes[i] = lanes[i + step] > lanes[i] ? lanes[i + step] : lanes[i];
    return lanes[0];
}

// 2^x to 2 ulp for x <= 127; smaller than 2^-126 becomes 2^-126, NaN stays NaN.
inline Vector exp2_of(Vector x) {
    x = at_least(-126.0f, x);
    const float shifter = 12582912.0f;  // 1.5 * 2^23: adding it leaves the nearest integer in the low bits
    Vector shifted = x + shifter;
    Vector f = x - (shifted - shifter);
    // Minimax on [-1/2, 1/2].
    Vector p = splat(1.535336188319500e-4f);
    p = p * f + 1.339887440266574e-3f;
    p = p * f + 9.618437357674640e-3f;
    p = p * f + 5.550332471162809e-2f;
    p = p * f + 2.402264791363012e-1f;
    p = p * f + 6.931472028550421e-1f;
    p = p * f + 1.0f;
    return reinterpret_cast<Vector>(reinterpret_cast<Integers>(p) + (reinterpret_cast<Integers>(shifted) << 23));
}

// Row tiles of a product are R x 2 vectors: what fits in registers beside two vectors of b and one broadcast.
#if WIDTH == 16
constexpr int tile_rows = 12;
#else
constexpr int tile_rows = 6;
#endif

template <bool transposed, bool accumulate, int R, int V>
inline void tile(const float* __restrict a, int64_t lda, const float* __restrict b, int64_t ldb, int64_t depth, float* __restrict c, int64_t ldc) {
    Vector sums[R][V];
#pragma GCC unroll 16
    for (int r = 0; r < R; r++)
#pragma GCC unroll 2
        for (int v = 0; v < V; v++) sums[r][v] = accumulate ? load(c + r * ldc + v * W) : Vector{};
    for (int64_t d = 0; d < depth; d++) {
        Vector row[V];
#pragma GCC unroll 2
        for (int v = 0; v < V; v++) row[v] = load(b + d * ldb + v * W);
#pragma GCC unroll 16
        for (int r = 0; r < R; r++) {
            Vector left = splat(transposed ? a[d * lda + r] : a[r * lda + d]);
#pragma GCC unroll 2
            for (int v = 0; v < V; v++) sums[r][v] += left * row[v];
        }
    }
#pragma GCC unroll 16
    for (int r = 0; r < R; r++)
#pragma GCC unroll 2
        for (int v = 0; v < V; v++) store(c + r * ldc + v * W, sums[r][v]);
}

template <bool transposed, bool accumulate, int V>
inline void column(const float* a, int64_t lda, const float* b, int64_t ldb, int64_t rows, int64_t depth, float* c, int64_t ldc) {
    int64_t r = 0;
    auto next = [&](int64_t i) { return transposed ? a + i : a + i * lda; };
    for (; r + tile_rows <= rows; r += tile_rows) tile<transposed, accumulate, tile_rows, V>(next(r), lda, b, ldb, depth, c + r * ldc, ldc);
    if (tile_rows > 6 && r + 6 <= rows) tile<transposed, accumulate, 6, V>(next(r), lda, b, ldb, depth, c + r * ldc, ldc), r += 6;
    for (; r + 3 <= rows; r += 3) tile<transposed, accumulate, 3, V>(next(r), lda, b, ldb, depth, c + r * ldc, ldc);
    for (; r < rows; r++) tile<transposed, accumulate, 1, V>(next(r), lda, b, ldb, depth, c + r * ldc, ldc);
}

// c[rows, vectors * W] = (accumulate ? c : 0) + a[rows, depth] b[depth, vectors * W]; transposed reads a as [depth, rows].
template <bool transposed, bool accumulate>
inline void product(const float* a, int64_t lda, const float* b, int64_t ldb, int64_t rows, int64_t vectors, int64_t depth, float* c, int64_t ldc) {
    int64_t v = 0;
    for (; v + 2 <= vectors; v += 2) column<transposed, accumulate, 2>(a, lda, b + v * W, ldb, rows, depth, c + v * W, ldc);
    if (v < vectors) column<transposed, accumulate, 1>(a, lda, b + v * W, ldb, rows, depth, c + v * W, ldc);
}

}  // namespace
}  // namespace pretrain
