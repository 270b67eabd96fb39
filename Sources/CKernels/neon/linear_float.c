// Floating-point weights times fp32 activations. Every output is one chain of fused multiply-adds over
// k, in order; the columns of a panel are the lanes.
#if defined(__aarch64__)

#include "common/linear_kernels.h"
#include "common/linear_store.h"
#include "neon/simd.h"

#define LMK_ISA_NAME(name) lmk_neon_##name

enum {
    TILE_ROWS = LMK_NEON_TILE_ROWS,
    // Inputs widened to fp32 at a time: 8 KiB of L1.
    BLOCK = 64,
    // Tiles that share a widened block: their sums take 8 KiB.
    STRIP_TILES = 8,
    STRIP_ROWS = STRIP_TILES * TILE_ROWS,
};

LMK_NEON_BEGIN

// MARK: Weights as fp32

/// Lanes of 4 columns of inputs k and k + 1 from a pair of bfloat16 per column.
LMK_INLINE float32x4_t even_of_pair(uint32x4_t pairs) {
    return vreinterpretq_f32_u32(vshlq_n_u32(pairs, 16));
}
LMK_INLINE float32x4_t odd_of_pair(uint32x4_t pairs) {
    return vreinterpretq_f32_u32(vandq_u32(pairs, vdupq_n_u32(0xffff0000)));
}

LMK_INLINE uint32x4_t load_pairs(const uint8_t *p) {
    return vreinterpretq_u32_u8(vld1q_u8(p));
}

static void widen_fp16(const uint8_t *data, uint64_t length, float *values) {
    for (uint64_t i = 0; i < length * LMK_PANEL; i += LMK_VECTOR_FLOATS) {
        vst1q_f32(values + i, lmk_load_halves(data + i * 2));
    }
}

/// Writes the padding input of an odd k too: BLOCK is even.
static void widen_bf16(const uint8_t *data, uint64_t length, float *values) {
    for (uint64_t k = 0; k < length; k += 2) {
        LMK_UNROLL for (uint32_t v = 0; v < LMK_PANEL_VECTORS; ++v) {
            const uint32x4_t pairs = load_pairs(data + v * LMK_VECTOR_BYTES);
            vst1q_f32(values + v * LMK_VECTOR_FLOATS, even_of_pair(pairs));
            vst1q_f32(values + LMK_PANEL + v * LMK_VECTOR_FLOATS, odd_of_pair(pairs));
        }
        data += LMK_PANEL_WORD_BYTES;
        values += 2 * LMK_PANEL;
    }
}

// MARK: One row

LMK_INLINE void add_products(float32x4_t sums[LMK_PANEL_VECTORS],
                             const float32x4_t weights[LMK_PANEL_VECTORS], float x) {
    LMK_UNROLL for (uint32_t v = 0; v < LMK_PANEL_VECTORS; ++v) {
        sums[v] = vfmaq_n_f32(sums[v], weights[v], x);
    }
}

LMK_INLINE void multiply_row_fp32(const uint8_t *data, const float *x, uint64_t k, float32x4_t *sums) {
    for (uint64_t i = 0; i < k; ++i, data += LMK_PANEL_WORD_BYTES) {
        float32x4_t weights[LMK_PANEL_VECTORS];
        lmk_prefetch_ahead(data);
        LMK_UNROLL for (uint32_t v = 0; v < LMK_PANEL_VECTORS; ++v) {
            weights[v] = vld1q_f32((const float *)data + v * LMK_VECTOR_FLOATS);
        }
        add_products(sums, weights, x[i]);
    }
}

LMK_INLINE void multiply_row_fp16(const uint8_t *data, const float *x, uint64_t k, float32x4_t *sums) {
    for (uint64_t i = 0; i < k; ++i, data += LMK_PANEL_HALF_BYTES) {
        float32x4_t weights[LMK_PANEL_VECTORS];
        __builtin_prefetch(data + LMK_PREFETCH_BYTES);
        LMK_UNROLL for (uint32_t v = 0; v < LMK_PANEL_VECTORS; ++v) {
            weights[v] = lmk_load_halves(data + v * LMK_VECTOR_BYTES / 2);
        }
        add_products(sums, weights, x[i]);
    }
}

LMK_INLINE void multiply_row_bf16(const uint8_t *data, const float *x, uint64_t k, float32x4_t *sums) {
    for (uint64_t i = 0; i < k; i += 2, data += LMK_PANEL_WORD_BYTES) {
        float32x4_t even[LMK_PANEL_VECTORS], odd[LMK_PANEL_VECTORS];
        lmk_prefetch_ahead(data);
        LMK_UNROLL for (uint32_t v = 0; v < LMK_PANEL_VECTORS; ++v) {
            const uint32x4_t pairs = load_pairs(data + v * LMK_VECTOR_BYTES);
            even[v] = even_of_pair(pairs);
            odd[v] = odd_of_pair(pairs);
        }
        add_products(sums, even, x[i]);
        if (i + 1 < k) add_products(sums, odd, x[i + 1]);
    }
}

static void multiply_row(const lmk_matrix *m, const uint8_t *data, const float *x, float *result) {
    float32x4_t sums[LMK_PANEL_VECTORS];
    LMK_UNROLL for (uint32_t v = 0; v < LMK_PANEL_VECTORS; ++v) sums[v] = vdupq_n_f32(0);
    if (m->format == LMK_FP32) multiply_row_fp32(data, x, m->k, sums);
    if (m->format == LMK_FP16) multiply_row_fp16(data, x, m->k, sums);
    if (m->format == LMK_BF16) multiply_row_bf16(data, x, m->k, sums);
    LMK_UNROLL for (uint32_t v = 0; v < LMK_PANEL_VECTORS; ++v) {
        vst1q_f32(result + v * LMK_VECTOR_FLOATS, sums[v]);
    }
}

// MARK: Tiles

/// Adds `length` inputs to the sums of `rows` rows and `vectors` x 4 columns.
/// weights: [length][32]; x: [length][rows]; sums: [rows][32].
LMK_INLINE void multiply_columns(const uint32_t rows, const uint32_t vectors, const float *weights,
                                 const float *x, uint64_t length, lmk_ahead *ahead, size_t step, float *sums) {
    float32x4_t tile[TILE_ROWS][LMK_PANEL_VECTORS];
    LMK_UNROLL for (uint32_t r = 0; r < rows; ++r) {
        LMK_UNROLL for (uint32_t v = 0; v < vectors; ++v) {
            tile[r][v] = vld1q_f32(sums + r * LMK_PANEL + v * LMK_VECTOR_FLOATS);
        }
    }
    for (uint64_t k = 0; k < length; ++k, weights += LMK_PANEL, x += rows) {
        __builtin_prefetch(ahead->bytes);
        ahead->bytes += step;
        const lmk_row_words words = lmk_load_row_words(rows, (const uint8_t *)x);
        LMK_UNROLL for (uint32_t v = 0; v < vectors; ++v) {
            const float32x4_t weight = vld1q_f32(weights + v * LMK_VECTOR_FLOATS);
            LMK_UNROLL for (uint32_t r = 0; r < rows; ++r) {
                const uint32x4_t input = lmk_row_word(rows, &words, (const uint8_t *)x, r);
                tile[r][v] = vfmaq_f32(tile[r][v], weight, vreinterpretq_f32_u32(input));
            }
        }
    }
    LMK_UNROLL for (uint32_t r = 0; r < rows; ++r) {
        LMK_UNROLL for (uint32_t v = 0; v < vectors; ++v) {
            vst1q_f32(sums + r * LMK_PANEL + v * LMK_VECTOR_FLOATS, tile[r][v]);
        }
    }
}

#define DEFINE_MULTIPLY_TILE(ROWS, VECTORS)                                                                  \
    static void multiply_tile_##ROWS(const float *weights, const float *x, uint64_t length, lmk_ahead ahead, \
                                     float *sums) {                                                          \
        const size_t step = lmk_ahead_step(ahead, length * (LMK_PANEL_VECTORS / VECTORS));                   \
        for (uint32_t column = 0; column < LMK_PANEL; column += VECTORS * LMK_VECTOR_FLOATS) {               \
            multiply_columns(ROWS, VECTORS, weights + column, x, length, &ahead, step, sums + column);       \
        }                                                                                                    \
    }
LMK_NEON_EACH_ROWS(DEFINE_MULTIPLY_TILE)
#undef DEFINE_MULTIPLY_TILE

#define MULTIPLY_TILE(ROWS, VECTORS) multiply_tile_##ROWS,
static void (*const multiply_tile_of[TILE_ROWS + 1])(const float *, const float *, uint64_t, lmk_ahead,
                                                     float *) = {
    NULL,
    LMK_NEON_EACH_ROWS(MULTIPLY_TILE)
};

#include "common/linear_float_strip.h"

LMK_NEON_END

#endif
