// w8 layers in registers of 512 bits. Included by `<isa>/linear_w8.c` after its `dot.h`.
#include "common/linear_kernels.h"
#include "common/linear_store.h"

enum { TILE_ROWS = LMK_AVX512_TILE_ROWS };

LMK_DOT_BEGIN

/// One group's integer dot products of `rows` rows and 32 columns.
LMK_INLINE void dot_group(const uint32_t rows, const uint8_t *w, const uint8_t *x, uint64_t quads,
                          __m512i dot[TILE_ROWS][LMK_PANEL_VECTORS]) {
    __m256i excess = _mm256_setzero_si256();  // a lane per row
    LMK_UNROLL for (uint32_t r = 0; r < rows; ++r) {
        LMK_UNROLL for (uint32_t v = 0; v < LMK_PANEL_VECTORS; ++v) dot[r][v] = _mm512_setzero_si512();
    }
    for (uint64_t quad = 0; quad < quads; ++quad) {
        lmk_signed_weights weights[LMK_PANEL_VECTORS];
        lmk_prefetch_ahead(w);
        LMK_UNROLL for (uint32_t v = 0; v < LMK_PANEL_VECTORS; ++v) {
            weights[v] = lmk_load_signed(w + v * LMK_VECTOR_BYTES);
        }
        excess = lmk_add_excess(excess, rows, x);
        LMK_UNROLL for (uint32_t r = 0; r < rows; ++r) {
            __m512i quad_of_row = lmk_broadcast_word(x + r * LMK_QUAD);
            LMK_UNROLL for (uint32_t v = 0; v < LMK_PANEL_VECTORS; ++v) {
                dot[r][v] = lmk_add_signed(dot[r][v], weights[v], quad_of_row);
            }
        }
        w += LMK_PANEL_WORD_BYTES;
        x += rows * LMK_QUAD;
    }
    int32_t excess_of[TILE_ROWS];
    _mm256_storeu_si256((__m256i *)excess_of, excess);
    LMK_UNROLL for (uint32_t r = 0; r < rows; ++r) {
        LMK_UNROLL for (uint32_t v = 0; v < LMK_PANEL_VECTORS; ++v) {
            dot[r][v] = _mm512_sub_epi32(dot[r][v], _mm512_set1_epi32(excess_of[r]));
        }
    }
}

/// A panel for one tile of `rows` rows. sums: [rows][32], zero at first.
LMK_INLINE void multiply_tile(const uint32_t rows, const lmk_matrix *m, const uint8_t *data,
                              const lmk_tile *tile, float *sums) {
    const uint64_t groups = lmk_group_count(m);
    const uint8_t *x = tile->data;
    for (uint64_t g = 0; g < groups; ++g) {
        const uint64_t quads = lmk_ceil_divide(lmk_group_length_at(m, g), LMK_QUAD);
        const uint8_t *header = data;
        data += lmk_group_header_bytes(LMK_W8, m->group);
        __m512i dot[TILE_ROWS][LMK_PANEL_VECTORS];
        dot_group(rows, data, x, quads, dot);
        data += quads * LMK_PANEL_WORD_BYTES;
        x += quads * LMK_QUAD * rows;
        LMK_UNROLL for (uint32_t v = 0; v < LMK_PANEL_VECTORS; ++v) {
            __m512 weight_scale = m->group == 0
                                      ? _mm512_loadu_ps((const float *)header + v * LMK_VECTOR_FLOATS)
                                      : lmk_load_halves(header + v * LMK_VECTOR_BYTES / 2);
            LMK_UNROLL for (uint32_t r = 0; r < rows; ++r) {
                float *sum = sums + r * LMK_PANEL + v * LMK_VECTOR_FLOATS;
                __m512 step = _mm512_mul_ps(weight_scale, _mm512_set1_ps(tile->scale[g * rows + r]));
                __m512 product_sum = _mm512_cvtepi32_ps(dot[r][v]);
                _mm512_store_ps(sum, _mm512_fmadd_ps(product_sum, step, _mm512_load_ps(sum)));
            }
        }
    }
}

#define DEFINE_MULTIPLY_TILE(ROWS)                                                                           \
    static void multiply_tile_##ROWS(const lmk_matrix *m, const uint8_t *data, const lmk_tile *tile,         \
                                     float *sums) {                                                          \
        multiply_tile(ROWS, m, data, tile, sums);                                                            \
    }
LMK_AVX512_EACH_ROWS(DEFINE_MULTIPLY_TILE)
#undef DEFINE_MULTIPLY_TILE

#define MULTIPLY_TILE(ROWS) multiply_tile_##ROWS,
static void (*const multiply_tile_of[TILE_ROWS + 1])(const lmk_matrix *, const uint8_t *, const lmk_tile *,
                                                     float *) = {
    NULL,
    LMK_AVX512_EACH_ROWS(MULTIPLY_TILE)
};

void LMK_ISA_NAME(linear_w8)(const lmk_matrix *m, const lmk_activations *a, uint64_t panel,
                             const lmk_destination *to) {
    const uint8_t *data = lmk_panel_data(m, panel);
    for (uint32_t t = 0; t < a->tiles; ++t) {
        _Alignas(LMK_VECTOR_BYTES) float sums[TILE_ROWS][LMK_PANEL] = {{0}};
        const lmk_tile tile = lmk_tile_at(a, t);
        multiply_tile_of[tile.rows](m, data, &tile, sums[0]);
        for (uint32_t r = 0; r < tile.rows; ++r) lmk_store_row(to, m, panel, tile.first_row + r, sums[r]);
    }
}

LMK_DOT_END
