// bf16 weights times bf16 activations on BFDOT: pairs of inputs per lane, in order of k. The architecture defines
// its bits: the two products and their sum are rounded to odd, denormals are zeros.
#if defined(__aarch64__)

#include "common/linear_kernels.h"
#include "common/linear_store.h"
#include "neon/simd.h"

enum { TILE_ROWS = LMK_NEON_TILE_ROWS, PAIR_BYTES = 4 };

LMK_NEON_BF16_BEGIN

/// `rows` rows and `vectors` x 4 columns of a panel. x: [pair][rows][2]; result: [rows][32].
LMK_INLINE void multiply_columns(const uint32_t rows, const uint32_t vectors, uint64_t pairs,
                                 const uint8_t *data, const uint8_t *x, float *result) {
    float32x4_t sums[TILE_ROWS][LMK_PANEL_VECTORS];
    LMK_UNROLL for (uint32_t r = 0; r < rows; ++r) {
        LMK_UNROLL for (uint32_t v = 0; v < vectors; ++v) sums[r][v] = vdupq_n_f32(0);
    }
    for (uint64_t pair = 0; pair < pairs; ++pair, data += LMK_PANEL_WORD_BYTES, x += rows * PAIR_BYTES) {
        const lmk_row_words words = lmk_load_row_words(rows, x);
        // One row is bound by memory; more rows come back to the panel from the cache.
        if (rows == 1) lmk_prefetch_ahead(data);
        LMK_UNROLL for (uint32_t v = 0; v < vectors; ++v) {
            const bfloat16x8_t weights = vreinterpretq_bf16_u8(vld1q_u8(data + v * LMK_VECTOR_BYTES));
            LMK_UNROLL for (uint32_t r = 0; r < rows; ++r) {
                // As floats: the compiler knows the by-element form of BFDOT for these.
                const float32x4_t input = vreinterpretq_f32_u32(lmk_row_word(rows, &words, x, r));
                sums[r][v] = vbfdotq_f32(sums[r][v], weights, vreinterpretq_bf16_f32(vdupq_n_f32(input[0])));
            }
        }
    }
    LMK_UNROLL for (uint32_t r = 0; r < rows; ++r) {
        LMK_UNROLL for (uint32_t v = 0; v < vectors; ++v) {
            vst1q_f32(result + r * LMK_PANEL + v * LMK_VECTOR_FLOATS, sums[r][v]);
        }
    }
}

#define DEFINE_MULTIPLY_TILE(ROWS, VECTORS)                                                                  \
    static void multiply_tile_##ROWS(uint64_t pairs, const uint8_t *data, const uint8_t *x, float *result) { \
        for (uint32_t column = 0; column < LMK_PANEL; column += VECTORS * LMK_VECTOR_FLOATS) {               \
            multiply_columns(ROWS, VECTORS, pairs, data + column * PAIR_BYTES, x, result + column);          \
        }                                                                                                    \
    }
LMK_NEON_EACH_ROWS(DEFINE_MULTIPLY_TILE)
#undef DEFINE_MULTIPLY_TILE

#define MULTIPLY_TILE(ROWS, VECTORS) multiply_tile_##ROWS,
static void (*const multiply_tile_of[TILE_ROWS + 1])(uint64_t, const uint8_t *, const uint8_t *, float *) = {
    NULL,
    LMK_NEON_EACH_ROWS(MULTIPLY_TILE)
};

void lmk_neon_linear_bf16_dot(const lmk_matrix *m, const lmk_activations *a, uint64_t panel,
                              const lmk_destination *to) {
    for (uint32_t t = 0; t < a->tiles; ++t) {
        _Alignas(64) float result[TILE_ROWS][LMK_PANEL];
        const lmk_tile tile = lmk_tile_at(a, t);
        multiply_tile_of[tile.rows](lmk_ceil_divide(m->k, 2), lmk_panel_data(m, panel), tile.data, result[0]);
        for (uint32_t r = 0; r < tile.rows; ++r) lmk_store_row(to, m, panel, tile.first_row + r, result[r]);
    }
}

LMK_NEON_END

#endif
