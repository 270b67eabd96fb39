// w4 layers in registers of 512 bits. Included by `<isa>/linear_w4.c` after its `dot.h`.
#include "common/linear_kernels.h"
#include "common/linear_store.h"

enum {
    TILE_ROWS = LMK_AVX512_TILE_ROWS,
    // Inputs between lmk_begin_products() and lmk_end_products(): the shortest group.
    CHUNK = LMK_GROUP_MINIMUM,
};

LMK_DOT_BEGIN

/// The reduction step across groups that every row count and instruction set shares.
LMK_INLINE __m512 add_group(__m512 sum, __m512i dot, __m512 weight_scale, __m512 weight_offset, __m512 scale,
                            __m512 scaled_sum) {
    sum = _mm512_fmadd_ps(_mm512_cvtepi32_ps(dot), _mm512_mul_ps(weight_scale, scale), sum);
    return _mm512_fmadd_ps(weight_offset, scaled_sum, sum);
}

/// Integer sums of `rows` rows and 32 columns.
typedef __m512i integer_sums[TILE_ROWS][LMK_PANEL_VECTORS];

/// Adds 32 inputs to one group's sums; those of the high nibbles go to `high`, which may be `low`.
LMK_INLINE void add_chunk(const uint32_t rows, const uint8_t *w, const uint8_t *x, integer_sums low_sums,
                          integer_sums high_sums) {
    const __m512i low_nibbles = _mm512_set1_epi8(15);
    LMK_UNROLL for (uint32_t octet = 0; octet < CHUNK / LMK_OCTET; ++octet) {
        __m512i low[LMK_PANEL_VECTORS], high[LMK_PANEL_VECTORS];
        lmk_prefetch_ahead(w);
        LMK_UNROLL for (uint32_t v = 0; v < LMK_PANEL_VECTORS; ++v) {
            __m512i packed = lmk_load_bytes(w + v * LMK_VECTOR_BYTES);
            low[v] = _mm512_and_si512(packed, low_nibbles);
            high[v] = _mm512_and_si512(_mm512_srli_epi16(packed, 4), low_nibbles);
        }
        LMK_UNROLL for (uint32_t r = 0; r < rows; ++r) {
            __m512i x_low = lmk_broadcast_word(x + r * LMK_QUAD);
            LMK_UNROLL for (uint32_t v = 0; v < LMK_PANEL_VECTORS; ++v) {
                low_sums[r][v] = lmk_add_products(low_sums[r][v], low[v], x_low);
            }
        }
        LMK_UNROLL for (uint32_t r = 0; r < rows; ++r) {
            __m512i x_high = lmk_broadcast_word(x + (rows + r) * LMK_QUAD);
            LMK_UNROLL for (uint32_t v = 0; v < LMK_PANEL_VECTORS; ++v) {
                high_sums[r][v] = lmk_add_products(high_sums[r][v], high[v], x_high);
            }
        }
        w += LMK_PANEL_WORD_BYTES;
        x += rows * LMK_OCTET;
    }
}

/// One group's integer dot products of `rows` rows and 32 columns.
LMK_INLINE void dot_group(const uint32_t rows, const uint8_t *w, const uint8_t *x, uint64_t length,
                          integer_sums dot) {
    const bool split = rows <= LMK_DOT_SPLIT_ROWS;
    integer_sums dot_high;
    LMK_UNROLL for (uint32_t r = 0; r < rows; ++r) {
        LMK_UNROLL for (uint32_t v = 0; v < LMK_PANEL_VECTORS; ++v) {
            dot[r][v] = dot_high[r][v] = _mm512_setzero_si512();
        }
    }
    for (uint64_t k = 0; k < length; k += CHUNK) {
        integer_sums products;
        LMK_UNROLL for (uint32_t r = 0; r < rows; ++r) {
            LMK_UNROLL for (uint32_t v = 0; v < LMK_PANEL_VECTORS; ++v) {
                products[r][v] = lmk_begin_products(dot[r][v]);
            }
        }
        add_chunk(rows, w, x, products, split ? dot_high : products);
        LMK_UNROLL for (uint32_t r = 0; r < rows; ++r) {
            LMK_UNROLL for (uint32_t v = 0; v < LMK_PANEL_VECTORS; ++v) {
                dot[r][v] = lmk_end_products(dot[r][v], products[r][v]);
            }
        }
        w += CHUNK / LMK_OCTET * LMK_PANEL_WORD_BYTES;
        x += rows * CHUNK;
    }
    if (!split) return;
    LMK_UNROLL for (uint32_t r = 0; r < rows; ++r) {
        LMK_UNROLL for (uint32_t v = 0; v < LMK_PANEL_VECTORS; ++v) {
            dot[r][v] = _mm512_add_epi32(dot[r][v], dot_high[r][v]);
        }
    }
}

/// A panel for one tile of `rows` rows. sums: [rows][32], zero at first.
LMK_INLINE void multiply_tile(const uint32_t rows, const lmk_matrix *m, const uint8_t *data,
                              const lmk_tile *tile, float *sums) {
    const uint64_t groups = lmk_group_count(m);
    const uint8_t *x = tile->data;
    for (uint64_t g = 0; g < groups; ++g) {
        const uint64_t length = lmk_group_length_at(m, g);
        const uint8_t *scales = data, *offsets = data + LMK_PANEL_HALF_BYTES;
        lmk_prefetch_ahead(data);
        data += 2 * LMK_PANEL_HALF_BYTES;
        integer_sums dot;
        dot_group(rows, data, x, length, dot);
        data += length / LMK_OCTET * LMK_PANEL_WORD_BYTES;
        x += length * rows;
        LMK_UNROLL for (uint32_t v = 0; v < LMK_PANEL_VECTORS; ++v) {
            __m512 weight_scale = lmk_load_halves(scales + v * LMK_VECTOR_BYTES / 2);
            __m512 weight_offset = lmk_load_halves(offsets + v * LMK_VECTOR_BYTES / 2);
            LMK_UNROLL for (uint32_t r = 0; r < rows; ++r) {
                float *sum = sums + r * LMK_PANEL + v * LMK_VECTOR_FLOATS;
                __m512 scale = _mm512_set1_ps(tile->scale[g * rows + r]);
                __m512 scaled_sum = _mm512_set1_ps(tile->scaled_sum[g * rows + r]);
                _mm512_store_ps(sum, add_group(_mm512_load_ps(sum), dot[r][v], weight_scale, weight_offset,
                                               scale, scaled_sum));
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

void LMK_ISA_NAME(linear_w4)(const lmk_matrix *m, const lmk_activations *a, uint64_t panel,
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
