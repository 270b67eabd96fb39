// Floating-point weights times fp32 activations. Every output is one chain of fused multiply-adds over
// k, in order; the columns of a panel are the lanes.
#if defined(__x86_64__)

#include "avx512/simd.h"
#include "common/linear_kernels.h"
#include "common/linear_store.h"

enum { TILE_ROWS = LMK_AVX512_TILE_ROWS };

LMK_AVX512_BEGIN

/// The sums of a tile, in registers for all of k.
typedef __m512 tile_sums[TILE_ROWS][LMK_PANEL_VECTORS];

/// Adds input x[0..<rows] times the weights of one k.
LMK_INLINE void add_products(const uint32_t rows, tile_sums sums, const __m512 weights[LMK_PANEL_VECTORS],
                             const float *x) {
    LMK_UNROLL for (uint32_t r = 0; r < rows; ++r) {
        __m512 input = _mm512_set1_ps(x[r]);
        LMK_UNROLL for (uint32_t v = 0; v < LMK_PANEL_VECTORS; ++v) {
            sums[r][v] = _mm512_fmadd_ps(weights[v], input, sums[r][v]);
        }
    }
}

LMK_INLINE void add_fp32(const uint32_t rows, const uint8_t *data, const float *x, uint64_t k,
                         tile_sums sums) {
    for (uint64_t i = 0; i < k; ++i, x += rows, data += LMK_PANEL_WORD_BYTES) {
        __m512 weights[LMK_PANEL_VECTORS];
        lmk_prefetch_ahead(data);
        LMK_UNROLL for (uint32_t v = 0; v < LMK_PANEL_VECTORS; ++v) {
            weights[v] = _mm512_loadu_ps((const float *)data + v * LMK_VECTOR_FLOATS);
        }
        add_products(rows, sums, weights, x);
    }
}

LMK_INLINE void add_fp16(const uint32_t rows, const uint8_t *data, const float *x, uint64_t k,
                         tile_sums sums) {
    for (uint64_t i = 0; i < k; ++i, x += rows, data += LMK_PANEL_HALF_BYTES) {
        __m512 weights[LMK_PANEL_VECTORS];
        _mm_prefetch((const char *)data + LMK_PREFETCH_BYTES, _MM_HINT_T0);
        LMK_UNROLL for (uint32_t v = 0; v < LMK_PANEL_VECTORS; ++v) {
            weights[v] = lmk_load_halves(data + v * LMK_VECTOR_BYTES / 2);
        }
        add_products(rows, sums, weights, x);
    }
}

LMK_INLINE void add_bf16(const uint32_t rows, const uint8_t *data, const float *x, uint64_t k,
                         tile_sums sums) {
    const __m512i upper_half = _mm512_set1_epi32((int)0xffff0000);
    for (uint64_t i = 0; i < k; i += 2, x += 2 * rows, data += LMK_PANEL_WORD_BYTES) {
        __m512 even[LMK_PANEL_VECTORS], odd[LMK_PANEL_VECTORS];
        lmk_prefetch_ahead(data);
        LMK_UNROLL for (uint32_t v = 0; v < LMK_PANEL_VECTORS; ++v) {
            __m512i pairs = lmk_load_bytes(data + v * LMK_VECTOR_BYTES);
            even[v] = _mm512_castsi512_ps(_mm512_slli_epi32(pairs, 16));
            odd[v] = _mm512_castsi512_ps(_mm512_and_si512(pairs, upper_half));
        }
        add_products(rows, sums, even, x);
        if (i + 1 < k) add_products(rows, sums, odd, x + rows);
    }
}

/// A panel for one tile of `rows` rows.
LMK_INLINE void multiply_tile(const uint32_t rows, const lmk_matrix *m, const uint8_t *data,
                              const lmk_tile *tile, float *result) {
    const float *x = (const float *)tile->data;
    tile_sums sums;
    LMK_UNROLL for (uint32_t r = 0; r < rows; ++r) {
        LMK_UNROLL for (uint32_t v = 0; v < LMK_PANEL_VECTORS; ++v) sums[r][v] = _mm512_setzero_ps();
    }
    if (m->format == LMK_FP32) add_fp32(rows, data, x, m->k, sums);
    if (m->format == LMK_FP16) add_fp16(rows, data, x, m->k, sums);
    if (m->format == LMK_BF16) add_bf16(rows, data, x, m->k, sums);
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

static void multiply(const lmk_matrix *m, const lmk_activations *a, uint64_t panel,
                     const lmk_destination *to) {
    const uint8_t *data = lmk_panel_data(m, panel);
    for (uint32_t t = 0; t < a->tiles; ++t) {
        _Alignas(LMK_VECTOR_BYTES) float result[TILE_ROWS][LMK_PANEL];
        const lmk_tile tile = lmk_tile_at(a, t);
        multiply_tile_of[tile.rows](m, data, &tile, result[0]);
        for (uint32_t r = 0; r < tile.rows; ++r) lmk_store_row(to, m, panel, tile.first_row + r, result[r]);
    }
}

void lmk_avx512_linear_fp32(const lmk_matrix *m, const lmk_activations *a, uint64_t panel,
                            const lmk_destination *to) {
    multiply(m, a, panel, to);
}

void lmk_avx512_linear_fp16(const lmk_matrix *m, const lmk_activations *a, uint64_t panel,
                            const lmk_destination *to) {
    multiply(m, a, panel, to);
}

void lmk_avx512_linear_bf16(const lmk_matrix *m, const lmk_activations *a, uint64_t panel,
                            const lmk_destination *to) {
    multiply(m, a, panel, to);
}

LMK_AVX512_END

#endif
