#if defined(__x86_64__)

#include "avx2/simd.h"
#include "common/linear_kernels.h"
#include "common/linear_store.h"

enum {
    // 4 rows x 16 columns: 8 accumulators, 2 weights and their magnitudes, 1 activation, a product and
    // the ones of the widening multiply fit 16 registers.
    TILE_ROWS = 4,
    TILE_VECTORS = 2,
    TILES_ACROSS = LMK_PANEL_VECTORS / TILE_VECTORS,
};

LMK_AVX2_BEGIN

LMK_INLINE __m256 add_group(__m256 sum, __m256i dot, __m256 weight_scale, __m256 scale) {
    return _mm256_fmadd_ps(_mm256_cvtepi32_ps(dot), _mm256_mul_ps(weight_scale, scale), sum);
}

/// A quad of s8 x s8 products per column. The unsigned operand of maddubs is |w|, the signed one is x
/// with w's sign: exact also for w = -128, and a pair sum of 2 * 128 * 127 = 32512 fits int16.
LMK_INLINE __m256i dot_quad(__m256i weights, __m256i magnitudes, __m256i x) {
    __m256i pairs = _mm256_maddubs_epi16(magnitudes, _mm256_sign_epi8(x, weights));
    return _mm256_madd_epi16(pairs, _mm256_set1_epi16(1));
}

/// One group of a panel: its values and, widened, its scales.
typedef struct weight_group {
    const uint8_t *values;
    uint64_t quads;
    __m256 scales[LMK_PANEL_VECTORS];
} weight_group;

/// Adds a group's products to the sums of `rows` x (`vectors` x 8) columns, the first one in vector
/// `first` of the panel. x: [quad][rows][4]; scale: [rows]; sums: [rows][32].
LMK_INLINE void multiply_group(const uint32_t rows, const uint32_t vectors, uint32_t first,
                               const weight_group *group, const uint8_t *x, const float *scale, float *sums) {
    const uint8_t *values = group->values + first * LMK_VECTOR_BYTES;
    __m256i dot[TILE_ROWS][LMK_PANEL_VECTORS];
    LMK_UNROLL for (uint32_t r = 0; r < rows; ++r) {
        LMK_UNROLL for (uint32_t v = 0; v < vectors; ++v) dot[r][v] = _mm256_setzero_si256();
    }
    for (uint64_t quad = 0; quad < group->quads; ++quad) {
        // One row is bound by memory; more rows come back to the panel from the cache.
        if (rows == 1) lmk_prefetch_ahead(values);
        __m256i weights[LMK_PANEL_VECTORS], magnitudes[LMK_PANEL_VECTORS];
        LMK_UNROLL for (uint32_t v = 0; v < vectors; ++v) {
            weights[v] = lmk_load_bytes(values + v * LMK_VECTOR_BYTES);
            magnitudes[v] = _mm256_abs_epi8(weights[v]);
        }
        LMK_UNROLL for (uint32_t r = 0; r < rows; ++r) {
            __m256i quad_of_row = lmk_broadcast_quad(x + r * LMK_QUAD);
            LMK_UNROLL for (uint32_t v = 0; v < vectors; ++v) {
                __m256i product = dot_quad(weights[v], magnitudes[v], quad_of_row);
                dot[r][v] = lmk_keep(_mm256_add_epi32(dot[r][v], product));
            }
        }
        values += LMK_PANEL_WORD_BYTES;
        x += rows * LMK_QUAD;
    }
    LMK_UNROLL for (uint32_t r = 0; r < rows; ++r) {
        __m256 row_scale = _mm256_broadcast_ss(scale + r);
        LMK_UNROLL for (uint32_t v = 0; v < vectors; ++v) {
            __m256 weight_scale = group->scales[first + v];
            float *sum = sums + r * LMK_PANEL + (first + v) * LMK_VECTOR_FLOATS;
            _mm256_store_ps(sum, add_group(_mm256_load_ps(sum), dot[r][v], weight_scale, row_scale));
        }
    }
}

/// The 32 scales in front of a group: halves, or floats when the matrix has one group.
LMK_INLINE void load_scales(const lmk_matrix *m, const uint8_t *header, __m256 scales[LMK_PANEL_VECTORS]) {
    LMK_UNROLL for (uint32_t v = 0; v < LMK_PANEL_VECTORS; ++v) {
        scales[v] = m->group == 0 ? _mm256_loadu_ps((const float *)header + v * LMK_VECTOR_FLOATS)
                                  : lmk_load_halves(header + v * LMK_VECTOR_BYTES / 2);
    }
}

/// All columns of a panel for one tile of `rows` rows, `vectors` x 8 columns at a time.
LMK_INLINE void multiply_tile(const uint32_t rows, const uint32_t vectors, const lmk_matrix *m,
                              const uint8_t *data, const lmk_tile *tile, float *sums) {
    const uint64_t groups = lmk_group_count(m);
    const size_t header_bytes = lmk_group_header_bytes(m->format, m->group);
    const uint8_t *x = tile->data;
    for (uint64_t g = 0; g < groups; ++g) {
        weight_group group = {
            .values = data + header_bytes,
            .quads = lmk_ceil_divide(lmk_group_length_at(m, g), LMK_QUAD),
        };
        load_scales(m, data, group.scales);
        for (uint32_t first = 0; first < LMK_PANEL_VECTORS; first += vectors) {
            multiply_group(rows, vectors, first, &group, x, tile->scale + g * rows, sums);
        }
        data = group.values + group.quads * LMK_PANEL_WORD_BYTES;
        x += group.quads * LMK_QUAD * rows;
    }
}

#define DEFINE_MULTIPLY_TILE(ROWS, VECTORS)                                                                  \
    static void multiply_tile_##ROWS(const lmk_matrix *m, const uint8_t *data, const lmk_tile *tile,         \
                                     float *sums) {                                                          \
        multiply_tile(ROWS, VECTORS, m, data, tile, sums);                                                   \
    }
// One row leaves registers for the whole panel's width, which reads the stream in order.
DEFINE_MULTIPLY_TILE(1, LMK_PANEL_VECTORS)
DEFINE_MULTIPLY_TILE(2, TILE_VECTORS)
DEFINE_MULTIPLY_TILE(3, TILE_VECTORS)
DEFINE_MULTIPLY_TILE(4, TILE_VECTORS)
#undef DEFINE_MULTIPLY_TILE

static void (*const multiply_tile_of[TILE_ROWS + 1])(const lmk_matrix *, const uint8_t *, const lmk_tile *,
                                                     float *) = {
    NULL, multiply_tile_1, multiply_tile_2, multiply_tile_3, multiply_tile_4,
};

void lmk_avx2_linear_w8(const lmk_matrix *m, const lmk_activations *a, uint64_t panel,
                        const lmk_destination *to) {
    const uint8_t *data = lmk_panel_data(m, panel);
    for (uint32_t t = 0; t < a->tiles; ++t) {
        _Alignas(LMK_VECTOR_BYTES) float sums[TILE_ROWS][LMK_PANEL] = {{0}};
        const lmk_tile tile = lmk_tile_at(a, t);
        multiply_tile_of[tile.rows](m, data, &tile, sums[0]);
        for (uint32_t r = 0; r < tile.rows; ++r) lmk_store_row(to, m, panel, tile.first_row + r, sums[r]);
    }
}

LMK_AVX2_END

#endif
