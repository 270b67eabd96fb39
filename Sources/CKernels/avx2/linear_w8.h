// w8 layers in registers of 256 bits. Included by `<isa>/linear_w8.c` after its `dot.h`.
#include "common/linear_kernels.h"
#include "common/linear_store.h"

enum {
    TILE_ROWS = LMK_DOT_ROWS,
    TILE_VECTORS = 2,
};

LMK_DOT_BEGIN

LMK_INLINE __m256 add_group(__m256 sum, __m256i dot, __m256 weight_scale, __m256 scale) {
    return _mm256_fmadd_ps(_mm256_cvtepi32_ps(dot), _mm256_mul_ps(weight_scale, scale), sum);
}

/// One group of a panel: its values and, widened, its scales.
typedef struct weight_group {
    const uint8_t *values;
    uint64_t quads;
    __m256 scales[LMK_PANEL_VECTORS];
} weight_group;

/// One group of a tile's rows.
typedef struct input_group {
    const uint8_t *values;  // [quad][rows][4]
    const float *scale;     // [rows]
    int32_t excess[TILE_ROWS];
} input_group;

/// What a tile still has to fetch.
typedef struct fetching {
    const uint8_t *bytes;
    size_t step;
} fetching;

LMK_INLINE void fetch(fetching *next) {
    _mm_prefetch((const char *)next->bytes, _MM_HINT_T1);
    next->bytes += next->step;
}

/// Adds a group's products to the sums of `rows` x (`vectors` x 8) columns, the first one in vector
/// `first` of the panel. sums: [rows][32].
LMK_INLINE void multiply_group(const uint32_t rows, const uint32_t vectors, uint32_t first,
                               const weight_group *group, const input_group *input, fetching *next,
                               float *sums) {
    const uint8_t *values = group->values + first * LMK_VECTOR_BYTES, *x = input->values;
    __m256i dot[TILE_ROWS][LMK_PANEL_VECTORS];
    LMK_UNROLL for (uint32_t r = 0; r < rows; ++r) {
        LMK_UNROLL for (uint32_t v = 0; v < vectors; ++v) dot[r][v] = _mm256_setzero_si256();
    }
    for (uint64_t quad = 0; quad < group->quads; ++quad) {
        // One row is bound by memory; more rows come back to the panel from the cache, and fetch the next one.
        if (rows == 1) lmk_prefetch_ahead(values);
        if (rows > 1) fetch(next);
        lmk_signed_weights weights[LMK_PANEL_VECTORS];
        LMK_UNROLL for (uint32_t v = 0; v < vectors; ++v) {
            weights[v] = lmk_load_signed(values + v * LMK_VECTOR_BYTES);
        }
        LMK_UNROLL for (uint32_t r = 0; r < rows; ++r) {
            __m256i quad_of_row = lmk_broadcast_quad(x + r * LMK_QUAD);
            LMK_UNROLL for (uint32_t v = 0; v < vectors; ++v) {
                dot[r][v] = lmk_add_signed(dot[r][v], weights[v], quad_of_row);
            }
        }
        values += LMK_PANEL_WORD_BYTES;
        x += rows * LMK_QUAD;
    }
    LMK_UNROLL for (uint32_t r = 0; r < rows; ++r) {
        __m256 row_scale = _mm256_broadcast_ss(input->scale + r);
        __m256i excess = _mm256_set1_epi32(input->excess[r]);
        LMK_UNROLL for (uint32_t v = 0; v < vectors; ++v) {
            __m256 weight_scale = group->scales[first + v];
            float *sum = sums + r * LMK_PANEL + (first + v) * LMK_VECTOR_FLOATS;
            __m256i exact = _mm256_sub_epi32(dot[r][v], excess);
            _mm256_store_ps(sum, add_group(_mm256_load_ps(sum), exact, weight_scale, row_scale));
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
                              const uint8_t *data, const lmk_tile *tile, lmk_ahead ahead,
                              float *sums) {
    fetching next = {ahead.bytes, lmk_ahead_step(ahead, m->k / LMK_QUAD * (LMK_PANEL_VECTORS / vectors))};
    const uint64_t groups = lmk_group_count(m);
    const size_t header_bytes = lmk_group_header_bytes(m->format, m->group);
    const uint8_t *x = tile->data;
    for (uint64_t g = 0; g < groups; ++g) {
        weight_group group = {
            .values = data + header_bytes,
            .quads = lmk_ceil_divide(lmk_group_length_at(m, g), LMK_QUAD),
        };
        load_scales(m, data, group.scales);
        input_group input = {.values = x, .scale = tile->scale + g * rows};
        lmk_find_excess(rows, x, group.quads, input.excess);
        for (uint32_t first = 0; first < LMK_PANEL_VECTORS; first += vectors) {
            multiply_group(rows, vectors, first, &group, &input, &next, sums);
        }
        data = group.values + group.quads * LMK_PANEL_WORD_BYTES;
        x += group.quads * LMK_QUAD * rows;
    }
}

// One row leaves registers for the whole panel's width, which reads the stream in order.
#define DEFINE_MULTIPLY_TILE(ROWS)                                                                           \
    static void multiply_tile_##ROWS(const lmk_matrix *m, const uint8_t *data, const lmk_tile *tile,         \
                                     lmk_ahead ahead, float *sums) {                                         \
        multiply_tile(ROWS, ROWS == 1 ? LMK_PANEL_VECTORS : TILE_VECTORS, m, data, tile, ahead, sums);       \
    }
LMK_DOT_EACH_ROWS(DEFINE_MULTIPLY_TILE)
#undef DEFINE_MULTIPLY_TILE

#define MULTIPLY_TILE(ROWS) multiply_tile_##ROWS,
static void (*const multiply_tile_of[TILE_ROWS + 1])(const lmk_matrix *, const uint8_t *, const lmk_tile *,
                                                     lmk_ahead, float *) = {
    NULL,
    LMK_DOT_EACH_ROWS(MULTIPLY_TILE)
};

void LMK_ISA_NAME(linear_w8)(const lmk_matrix *m, const lmk_activations *a, uint64_t panel,
                             const lmk_destination *to) {
    const uint8_t *data = lmk_panel_data(m, panel);
    const size_t bytes = lmk_panel_bytes(m->format, m->group, m->k);
    for (uint32_t t = 0; t < a->tiles; ++t) {
        _Alignas(LMK_VECTOR_BYTES) float sums[TILE_ROWS][LMK_PANEL] = {{0}};
        const lmk_tile tile = lmk_tile_at(a, t);
        multiply_tile_of[tile.rows](m, data, &tile, lmk_ahead_share(data + bytes, bytes, t, a->tiles), sums[0]);
        for (uint32_t r = 0; r < tile.rows; ++r) lmk_store_row(to, m, panel, tile.first_row + r, sums[r]);
    }
}

LMK_DOT_END
