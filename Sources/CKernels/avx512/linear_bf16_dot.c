// bf16 weights times bf16 activations on the BF16 dot product: pairs of inputs per lane, in order of k.
#if defined(__x86_64__)

#include "avx512/simd.h"
#include "common/linear_kernels.h"
#include "common/linear_store.h"

enum { TILE_ROWS = LMK_AVX512_TILE_ROWS };

LMK_AVX512_BF16_BEGIN

/// A panel for one tile of `rows` rows.
LMK_INLINE void multiply_tile(const uint32_t rows, const lmk_matrix *m, const uint8_t *data,
                              const lmk_tile *tile, float *result) {
    const uint64_t pairs = lmk_ceil_divide(m->k, 2);
    const uint8_t *x = tile->data;
    __m512 sums[TILE_ROWS][LMK_PANEL_VECTORS];
    LMK_UNROLL for (uint32_t r = 0; r < rows; ++r) {
        LMK_UNROLL for (uint32_t v = 0; v < LMK_PANEL_VECTORS; ++v) sums[r][v] = _mm512_setzero_ps();
    }
    for (uint64_t pair = 0; pair < pairs; ++pair, data += LMK_PANEL_WORD_BYTES, x += rows * 4) {
        __m512bh weights[LMK_PANEL_VECTORS];
        lmk_prefetch_ahead(data);
        LMK_UNROLL for (uint32_t v = 0; v < LMK_PANEL_VECTORS; ++v) {
            weights[v] = (__m512bh)lmk_load_bytes(data + v * LMK_VECTOR_BYTES);
        }
        LMK_UNROLL for (uint32_t r = 0; r < rows; ++r) {
            __m512bh input = (__m512bh)lmk_broadcast_word(x + r * 4);
            LMK_UNROLL for (uint32_t v = 0; v < LMK_PANEL_VECTORS; ++v) {
                sums[r][v] = _mm512_dpbf16_ps(sums[r][v], weights[v], input);
            }
        }
    }
    LMK_UNROLL for (uint32_t r = 0; r < rows; ++r) {
        LMK_UNROLL for (uint32_t v = 0; v < LMK_PANEL_VECTORS; ++v) {
            _mm512_store_ps(result + r * LMK_PANEL + v * LMK_VECTOR_FLOATS, sums[r][v]);
        }
    }
}

#define DEFINE_MULTIPLY_TILE(ROWS)                                                                           \
    static void multiply_tile_##ROWS(const lmk_matrix *m, const uint8_t *data, const lmk_tile *tile,         \
                                     float *result) {                                                        \
        multiply_tile(ROWS, m, data, tile, result);                                                          \
    }
LMK_AVX512_EACH_ROWS(DEFINE_MULTIPLY_TILE)
#undef DEFINE_MULTIPLY_TILE

#define MULTIPLY_TILE(ROWS) multiply_tile_##ROWS,
static void (*const multiply_tile_of[TILE_ROWS + 1])(const lmk_matrix *, const uint8_t *, const lmk_tile *,
                                                     float *) = {
    NULL,
    LMK_AVX512_EACH_ROWS(MULTIPLY_TILE)
};

void lmk_avx512_linear_bf16_dot(const lmk_matrix *m, const lmk_activations *a, uint64_t panel,
                                const lmk_destination *to) {
    const uint8_t *data = lmk_panel_data(m, panel);
    for (uint32_t t = 0; t < a->tiles; ++t) {
        _Alignas(LMK_VECTOR_BYTES) float result[TILE_ROWS][LMK_PANEL];
        const lmk_tile tile = lmk_tile_at(a, t);
        multiply_tile_of[tile.rows](m, data, &tile, result[0]);
        for (uint32_t r = 0; r < tile.rows; ++r) lmk_store_row(to, m, panel, tile.first_row + r, result[r]);
    }
}

LMK_AVX512_END

#endif
