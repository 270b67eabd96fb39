// Floating-point weights times fp32 activations. Every output is one chain of fused multiply-adds over
// k, in order; the columns of a panel are the lanes.
#if defined(__x86_64__)

#include "avx2/simd.h"
#include "common/linear_kernels.h"
#include "common/linear_store.h"

#define LMK_ISA_NAME(name) lmk_avx2_##name

enum {
    // 6 rows x 16 columns: 12 accumulators, 2 weights and 1 activation fit 16 registers, and 12
    // independent sums cover the 4 x 2 multiply-adds in flight.
    TILE_ROWS = 6,
    TILE_VECTORS = 2,
    TILE_COLUMNS = TILE_VECTORS * LMK_VECTOR_FLOATS,
    // Inputs widened to fp32 at a time: 8 KiB of L1.
    BLOCK = 64,
    // Tiles that share a widened block: their sums take 12 KiB.
    STRIP_TILES = 16,
    STRIP_ROWS = STRIP_TILES * TILE_ROWS,
};

LMK_AVX2_BEGIN

// MARK: Weights as fp32

/// Lanes of 8 columns of inputs k and k + 1 from a pair of bfloat16 per column.
LMK_INLINE __m256 even_of_pair(__m256i pairs) {
    return _mm256_castsi256_ps(_mm256_slli_epi32(pairs, 16));
}
LMK_INLINE __m256 odd_of_pair(__m256i pairs) {
    return _mm256_castsi256_ps(_mm256_and_si256(pairs, _mm256_set1_epi32((int)0xffff0000)));
}

static void widen_fp16(const uint8_t *data, uint64_t length, float *values) {
    for (uint64_t i = 0; i < length * LMK_PANEL; i += LMK_VECTOR_FLOATS) {
        _mm256_store_ps(values + i, lmk_load_halves(data + i * 2));
    }
}

/// Writes the padding input of an odd k too: BLOCK is even.
static void widen_bf16(const uint8_t *data, uint64_t length, float *values) {
    for (uint64_t k = 0; k < length; k += 2) {
        LMK_UNROLL for (uint32_t v = 0; v < LMK_PANEL_VECTORS; ++v) {
            __m256i pairs = lmk_load_bytes(data + v * LMK_VECTOR_BYTES);
            _mm256_store_ps(values + v * LMK_VECTOR_FLOATS, even_of_pair(pairs));
            _mm256_store_ps(values + LMK_PANEL + v * LMK_VECTOR_FLOATS, odd_of_pair(pairs));
        }
        data += LMK_PANEL_WORD_BYTES;
        values += 2 * LMK_PANEL;
    }
}

// MARK: One row

LMK_INLINE void add_products(__m256 sums[LMK_PANEL_VECTORS], const __m256 weights[LMK_PANEL_VECTORS],
                             float x) {
    __m256 input = _mm256_set1_ps(x);
    LMK_UNROLL for (uint32_t v = 0; v < LMK_PANEL_VECTORS; ++v) {
        sums[v] = _mm256_fmadd_ps(weights[v], input, sums[v]);
    }
}

LMK_INLINE void multiply_row_fp32(const uint8_t *data, const float *x, uint64_t k, __m256 *sums) {
    for (uint64_t i = 0; i < k; ++i, data += LMK_PANEL_WORD_BYTES) {
        __m256 weights[LMK_PANEL_VECTORS];
        lmk_prefetch_ahead(data);
        LMK_UNROLL for (uint32_t v = 0; v < LMK_PANEL_VECTORS; ++v) {
            weights[v] = _mm256_loadu_ps((const float *)data + v * LMK_VECTOR_FLOATS);
        }
        add_products(sums, weights, x[i]);
    }
}

LMK_INLINE void multiply_row_fp16(const uint8_t *data, const float *x, uint64_t k, __m256 *sums) {
    for (uint64_t i = 0; i < k; ++i, data += LMK_PANEL_HALF_BYTES) {
        __m256 weights[LMK_PANEL_VECTORS];
        _mm_prefetch((const char *)data + LMK_PREFETCH_BYTES, _MM_HINT_T0);
        LMK_UNROLL for (uint32_t v = 0; v < LMK_PANEL_VECTORS; ++v) {
            weights[v] = lmk_load_halves(data + v * LMK_VECTOR_BYTES / 2);
        }
        add_products(sums, weights, x[i]);
    }
}

LMK_INLINE void multiply_row_bf16(const uint8_t *data, const float *x, uint64_t k, __m256 *sums) {
    for (uint64_t i = 0; i < k; i += 2, data += LMK_PANEL_WORD_BYTES) {
        __m256 even[LMK_PANEL_VECTORS], odd[LMK_PANEL_VECTORS];
        lmk_prefetch_ahead(data);
        LMK_UNROLL for (uint32_t v = 0; v < LMK_PANEL_VECTORS; ++v) {
            __m256i pairs = lmk_load_bytes(data + v * LMK_VECTOR_BYTES);
            even[v] = even_of_pair(pairs);
            odd[v] = odd_of_pair(pairs);
        }
        add_products(sums, even, x[i]);
        if (i + 1 < k) add_products(sums, odd, x[i + 1]);
    }
}

static void multiply_row(const lmk_matrix *m, const uint8_t *data, const float *x, float *result) {
    __m256 sums[LMK_PANEL_VECTORS];
    LMK_UNROLL for (uint32_t v = 0; v < LMK_PANEL_VECTORS; ++v) sums[v] = _mm256_setzero_ps();
    if (m->format == LMK_FP32) multiply_row_fp32(data, x, m->k, sums);
    if (m->format == LMK_FP16) multiply_row_fp16(data, x, m->k, sums);
    if (m->format == LMK_BF16) multiply_row_bf16(data, x, m->k, sums);
    LMK_UNROLL for (uint32_t v = 0; v < LMK_PANEL_VECTORS; ++v) {
        _mm256_store_ps(result + v * LMK_VECTOR_FLOATS, sums[v]);
    }
}

// MARK: Tiles

/// Adds `length` inputs to the sums of `rows` rows.
/// weights: [length][32]; x: [length][rows]; sums: [rows][32].
LMK_INLINE void multiply_tile(const uint32_t rows, const float *weights, const float *x, uint64_t length,
                              lmk_ahead ahead, float *sums) {
    const size_t step = lmk_ahead_step(ahead, length * (LMK_PANEL / TILE_COLUMNS));
    for (uint32_t column = 0; column < LMK_PANEL; column += TILE_COLUMNS) {
        __m256 tile[TILE_ROWS][TILE_VECTORS];
        LMK_UNROLL for (uint32_t r = 0; r < rows; ++r) {
            LMK_UNROLL for (uint32_t v = 0; v < TILE_VECTORS; ++v) {
                tile[r][v] = _mm256_load_ps(sums + r * LMK_PANEL + column + v * LMK_VECTOR_FLOATS);
            }
        }
        const float *w = weights + column, *inputs = x;
        for (uint64_t k = 0; k < length; ++k, w += LMK_PANEL, inputs += rows) {
            _mm_prefetch((const char *)ahead.bytes, _MM_HINT_T0);
            ahead.bytes += step;
            __m256 low = _mm256_loadu_ps(w), high = _mm256_loadu_ps(w + LMK_VECTOR_FLOATS);
            LMK_UNROLL for (uint32_t r = 0; r < rows; ++r) {
                __m256 input = _mm256_broadcast_ss(inputs + r);
                tile[r][0] = _mm256_fmadd_ps(low, input, tile[r][0]);
                tile[r][1] = _mm256_fmadd_ps(high, input, tile[r][1]);
            }
        }
        LMK_UNROLL for (uint32_t r = 0; r < rows; ++r) {
            LMK_UNROLL for (uint32_t v = 0; v < TILE_VECTORS; ++v) {
                _mm256_store_ps(sums + r * LMK_PANEL + column + v * LMK_VECTOR_FLOATS, tile[r][v]);
            }
        }
    }
}

#define DEFINE_MULTIPLY_TILE(ROWS)                                                                           \
    static void multiply_tile_##ROWS(const float *weights, const float *x, uint64_t length, lmk_ahead ahead, \
                                     float *sums) {                                                          \
        multiply_tile(ROWS, weights, x, length, ahead, sums);                                                \
    }
DEFINE_MULTIPLY_TILE(1)
DEFINE_MULTIPLY_TILE(2)
DEFINE_MULTIPLY_TILE(3)
DEFINE_MULTIPLY_TILE(4)
DEFINE_MULTIPLY_TILE(5)
DEFINE_MULTIPLY_TILE(6)
#undef DEFINE_MULTIPLY_TILE

static void (*const multiply_tile_of[TILE_ROWS + 1])(const float *, const float *, uint64_t, lmk_ahead,
                                                     float *) = {
    NULL,            multiply_tile_1, multiply_tile_2, multiply_tile_3,
    multiply_tile_4, multiply_tile_5, multiply_tile_6,
};

#include "common/linear_float_strip.h"

LMK_AVX2_END

#endif
