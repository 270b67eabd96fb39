// w4 layers in registers of 256 bits. Included by `<isa>/linear_w4.c` after its `dot.h`.
#include "common/linear_kernels.h"
#include "common/linear_store.h"

enum {
    TILE_ROWS = LMK_DOT_ROWS,
    TILE_VECTORS = 2,
    TILE_COLUMNS = TILE_VECTORS * LMK_VECTOR_FLOATS,
    TILES_ACROSS = LMK_PANEL / TILE_COLUMNS,
    // Inputs between lmk_begin_products() and lmk_end_products(): the shortest group.
    CHUNK = LMK_GROUP_MINIMUM,
    // So many tiles and fewer multiply packed weights: taking nibbles apart costs each of them 9 cycles in 55,
    // and unpacking a block costs them 34 together.
    PACKED_TILES = 3,
    // Inputs unpacked at a time: the longest group; 4 KiB of L1.
    BLOCK = LMK_GROUP_MAXIMUM,
    BLOCK_GROUPS = BLOCK / LMK_GROUP_MINIMUM,
    // Rows that share an unpacked block: 10 tiles or more make unpacking a few percent of their work, and the
    // rows' sums take 8 KiB of L1.
    STRIP_ROWS = 64,
    STRIP_TILES = STRIP_ROWS / TILE_ROWS,
};

/// Up to 128 inputs of a panel, nibbles widened to bytes and cut into register tiles.
typedef struct unpacked_block {
    _Alignas(64) uint8_t values[TILES_ACROSS][BLOCK / LMK_QUAD][TILE_COLUMNS][LMK_QUAD];
    _Alignas(64) float scale[BLOCK_GROUPS][LMK_PANEL];
    _Alignas(64) float offset[BLOCK_GROUPS][LMK_PANEL];
    uint32_t groups;
    uint32_t chunks;  // per group
} unpacked_block;

/// The rows of one tile against one block.
typedef struct tile_rows {
    const uint8_t *data;      // [quad][rows][4]
    const float *scale;       // [group][rows]
    const float *scaled_sum;  // [group][rows]
    float *sums;              // [rows][LMK_PANEL]
} tile_rows;

LMK_DOT_BEGIN

/// Groups of the block that begins with input k: as many whole ones as fit, or the short one at the end.
LMK_INLINE uint32_t groups_from(const lmk_matrix *m, uint64_t k) {
    const uint64_t whole = (m->k - k) / m->group, fit = BLOCK / m->group;
    return whole == 0 ? 1 : (uint32_t)(whole < fit ? whole : fit);
}

/// The reduction step across groups that every row count and instruction set shares.
LMK_INLINE __m256 add_group(__m256 sum, __m256i dot, __m256 weight_scale, __m256 weight_offset, __m256 scale,
                            __m256 scaled_sum) {
    sum = _mm256_fmadd_ps(_mm256_cvtepi32_ps(dot), _mm256_mul_ps(weight_scale, scale), sum);
    return _mm256_fmadd_ps(weight_offset, scaled_sum, sum);
}

// MARK: One row

/// The sums of one row.
typedef __m256i row_sums[LMK_DOT_CHAINS][LMK_PANEL_VECTORS];

/// Adds 32 inputs of one row against packed nibbles.
LMK_INLINE void add_row_chunk(const uint8_t *data, const uint8_t *x, row_sums dot) {
    const __m256i low_nibbles = _mm256_set1_epi8(15);
    row_sums products;
    LMK_UNROLL for (uint32_t c = 0; c < LMK_DOT_CHAINS; ++c) {
        LMK_UNROLL for (uint32_t v = 0; v < LMK_PANEL_VECTORS; ++v) {
            products[c][v] = lmk_begin_products(dot[c][v]);
        }
    }
    LMK_UNROLL for (uint32_t octet = 0; octet < CHUNK / LMK_OCTET; ++octet) {
        lmk_prefetch_ahead(data);
        __m256i x_low = lmk_broadcast_quad(x), x_high = lmk_broadcast_quad(x + LMK_QUAD);
        LMK_UNROLL for (uint32_t v = 0; v < LMK_PANEL_VECTORS; ++v) {
            __m256i *first = &products[0][v], *last = &products[LMK_DOT_CHAINS - 1][v];
            __m256i packed = lmk_load_bytes(data + v * LMK_VECTOR_BYTES);
            *first = lmk_add_products(*first, _mm256_and_si256(packed, low_nibbles), x_low);
            packed = _mm256_srli_epi16(packed, 4);
            *last = lmk_add_products(*last, _mm256_and_si256(packed, low_nibbles), x_high);
        }
        data += LMK_PANEL_WORD_BYTES;
        x += LMK_OCTET;
    }
    LMK_UNROLL for (uint32_t c = 0; c < LMK_DOT_CHAINS; ++c) {
        LMK_UNROLL for (uint32_t v = 0; v < LMK_PANEL_VECTORS; ++v) {
            dot[c][v] = lmk_end_products(dot[c][v], products[c][v]);
        }
    }
}

/// One row against a panel, straight from the packed stream: bound by memory.
static void multiply_row(const lmk_matrix *m, const lmk_tile *tile, const uint8_t *data, float *result) {
    const uint64_t groups = lmk_group_count(m);
    const uint8_t *x = tile->data;
    __m256 sums[LMK_PANEL_VECTORS];
    LMK_UNROLL for (uint32_t v = 0; v < LMK_PANEL_VECTORS; ++v) sums[v] = _mm256_setzero_ps();
    for (uint64_t g = 0; g < groups; ++g) {
        const uint8_t *scales = data, *offsets = data + LMK_PANEL_HALF_BYTES;
        lmk_prefetch_ahead(data);
        data += 2 * LMK_PANEL_HALF_BYTES;
        row_sums dot;
        LMK_UNROLL for (uint32_t c = 0; c < LMK_DOT_CHAINS; ++c) {
            LMK_UNROLL for (uint32_t v = 0; v < LMK_PANEL_VECTORS; ++v) dot[c][v] = _mm256_setzero_si256();
        }
        for (uint64_t left = lmk_group_length_at(m, g); left > 0; left -= CHUNK) {
            add_row_chunk(data, x, dot);
            data += CHUNK / LMK_OCTET * LMK_PANEL_WORD_BYTES;
            x += CHUNK;
        }
        __m256 scale = _mm256_broadcast_ss(tile->scale + g);
        __m256 scaled_sum = _mm256_broadcast_ss(tile->scaled_sum + g);
        LMK_UNROLL for (uint32_t v = 0; v < LMK_PANEL_VECTORS; ++v) {
            __m256i all = dot[0][v];
            LMK_UNROLL for (uint32_t c = 1; c < LMK_DOT_CHAINS; ++c) all = _mm256_add_epi32(all, dot[c][v]);
            sums[v] = add_group(sums[v], all, lmk_load_halves(scales + v * LMK_VECTOR_BYTES / 2),
                                lmk_load_halves(offsets + v * LMK_VECTOR_BYTES / 2), scale, scaled_sum);
        }
    }
    LMK_UNROLL for (uint32_t v = 0; v < LMK_PANEL_VECTORS; ++v) {
        _mm256_store_ps(result + v * LMK_VECTOR_FLOATS, sums[v]);
    }
}

// MARK: Tiles

/// Adds `rows` x 16 columns against 32 inputs; the first ones of a group start its sums.
LMK_INLINE void add_tile_chunk(const uint32_t rows, const bool is_first, const uint8_t *w, const uint8_t *x,
                               __m256i dot[TILE_ROWS][TILE_VECTORS]) {
    __m256i products[TILE_ROWS][TILE_VECTORS];
    LMK_UNROLL for (uint32_t r = 0; r < rows; ++r) {
        LMK_UNROLL for (uint32_t v = 0; v < TILE_VECTORS; ++v) {
            if (is_first) dot[r][v] = _mm256_setzero_si256();
            products[r][v] = lmk_begin_products(dot[r][v]);
        }
    }
    LMK_UNROLL for (uint32_t quad = 0; quad < CHUNK / LMK_QUAD; ++quad) {
        __m256i weights[TILE_VECTORS];
        LMK_UNROLL for (uint32_t v = 0; v < TILE_VECTORS; ++v) {
            weights[v] = lmk_load_bytes(w + v * LMK_VECTOR_BYTES);
        }
        LMK_UNROLL for (uint32_t r = 0; r < rows; ++r) {
            __m256i quad_of_row = lmk_broadcast_quad(x + r * LMK_QUAD);
            LMK_UNROLL for (uint32_t v = 0; v < TILE_VECTORS; ++v) {
                products[r][v] = lmk_add_products(products[r][v], weights[v], quad_of_row);
            }
        }
        w += TILE_VECTORS * LMK_VECTOR_BYTES;
        x += rows * LMK_QUAD;
    }
    LMK_UNROLL for (uint32_t r = 0; r < rows; ++r) {
        LMK_UNROLL for (uint32_t v = 0; v < TILE_VECTORS; ++v) {
            dot[r][v] = lmk_end_products(dot[r][v], products[r][v]);
        }
    }
}

/// Adds a group's dot products to the sums of `rows` x 16 columns.
LMK_INLINE void add_tile_group(const uint32_t rows, __m256i dot[TILE_ROWS][TILE_VECTORS],
                               const __m256 weight_scale[TILE_VECTORS], const __m256 weight_offset[TILE_VECTORS],
                               const float *row_scales, const float *row_sums, float *sums) {
    LMK_UNROLL for (uint32_t r = 0; r < rows; ++r) {
        __m256 scale = _mm256_broadcast_ss(row_scales + r);
        __m256 scaled_sum = _mm256_broadcast_ss(row_sums + r);
        LMK_UNROLL for (uint32_t v = 0; v < TILE_VECTORS; ++v) {
            float *sum = sums + r * LMK_PANEL + v * LMK_VECTOR_FLOATS;
            _mm256_store_ps(sum, add_group(_mm256_load_ps(sum), dot[r][v], weight_scale[v], weight_offset[v],
                                           scale, scaled_sum));
        }
    }
}

LMK_INLINE void multiply_tile(const uint32_t rows, const uint32_t chunks, const unpacked_block *block,
                              uint32_t across, const tile_rows *tile) {
    const uint8_t *w = block->values[across][0][0], *x = tile->data;
    const float *row_scales = tile->scale, *row_sums = tile->scaled_sum;
    const uint32_t column = across * TILE_COLUMNS;
    for (uint32_t g = 0; g < block->groups; ++g) {
        __m256i dot[TILE_ROWS][TILE_VECTORS];
        for (uint32_t chunk = 0; chunk < chunks; ++chunk) {
            add_tile_chunk(rows, chunk == 0, w, x, dot);
            w += CHUNK * TILE_COLUMNS;
            x += CHUNK * rows;
        }
        __m256 weight_scale[TILE_VECTORS], weight_offset[TILE_VECTORS];
        LMK_UNROLL for (uint32_t v = 0; v < TILE_VECTORS; ++v) {
            weight_scale[v] = _mm256_load_ps(block->scale[g] + column + v * LMK_VECTOR_FLOATS);
            weight_offset[v] = _mm256_load_ps(block->offset[g] + column + v * LMK_VECTOR_FLOATS);
        }
        add_tile_group(rows, dot, weight_scale, weight_offset, row_scales, row_sums, tile->sums + column);
        row_scales += rows;
        row_sums += rows;
    }
}

/// The row count and, in the common case of one chunk per group, the chunk count are constants: only
/// then do all sums of a group stay in registers.
#define DEFINE_MULTIPLY_TILE(ROWS)                                                                           \
    static void multiply_tile_##ROWS(const unpacked_block *block, const tile_rows *tile) {                   \
        for (uint32_t across = 0; across < TILES_ACROSS; ++across) {                                         \
            multiply_tile(ROWS, 1, block, across, tile);                                                     \
        }                                                                                                    \
    }                                                                                                        \
    static void multiply_tile_long_##ROWS(const unpacked_block *block, const tile_rows *tile) {              \
        for (uint32_t across = 0; across < TILES_ACROSS; ++across) {                                         \
            multiply_tile(ROWS, block->chunks, block, across, tile);                                         \
        }                                                                                                    \
    }
LMK_DOT_EACH_ROWS(DEFINE_MULTIPLY_TILE)
#undef DEFINE_MULTIPLY_TILE

typedef void multiply_tile_function(const unpacked_block *block, const tile_rows *tile);
#define MULTIPLY_TILE(ROWS) multiply_tile_##ROWS,
static multiply_tile_function *const multiply_tile_of[TILE_ROWS + 1] = {
    NULL,
    LMK_DOT_EACH_ROWS(MULTIPLY_TILE)
};
#define MULTIPLY_TILE_LONG(ROWS) multiply_tile_long_##ROWS,
static multiply_tile_function *const multiply_tile_long_of[TILE_ROWS + 1] = {
    NULL,
    LMK_DOT_EACH_ROWS(MULTIPLY_TILE_LONG)
};

#include "avx2/linear_w4_packed.h"

// MARK: Unpacked blocks

/// Widens `groups` groups of `group_length` inputs of a panel. Returns the end of what it read.
static const uint8_t *unpack_block(unpacked_block *block, const uint8_t *data, uint32_t groups,
                                   uint32_t group_length) {
    const __m256i low_nibbles = _mm256_set1_epi8(15);
    block->groups = groups;
    block->chunks = group_length / CHUNK;
    uint32_t quad = 0;
    for (uint32_t g = 0; g < block->groups; ++g) {
        lmk_prefetch_ahead(data);
        for (uint32_t c = 0; c < LMK_PANEL; c += LMK_VECTOR_FLOATS) {
            _mm256_store_ps(block->scale[g] + c, lmk_load_halves(data + c * 2));
            _mm256_store_ps(block->offset[g] + c, lmk_load_halves(data + LMK_PANEL_HALF_BYTES + c * 2));
        }
        data += 2 * LMK_PANEL_HALF_BYTES;
        for (uint32_t i = 0; i < group_length / LMK_OCTET; ++i, quad += 2) {
            lmk_prefetch_ahead(data);
            LMK_UNROLL for (uint32_t v = 0; v < LMK_PANEL_VECTORS; ++v) {
                uint8_t(*values)[TILE_COLUMNS][LMK_QUAD] = block->values[v / TILE_VECTORS] + quad;
                const uint32_t column = v % TILE_VECTORS * LMK_VECTOR_FLOATS;
                __m256i packed = lmk_load_bytes(data + v * LMK_VECTOR_BYTES);
                __m256i low = _mm256_and_si256(packed, low_nibbles);
                __m256i high = _mm256_and_si256(_mm256_srli_epi16(packed, 4), low_nibbles);
                _mm256_store_si256((__m256i *)values[0][column], low);
                _mm256_store_si256((__m256i *)values[1][column], high);
            }
            data += LMK_PANEL_WORD_BYTES;
        }
    }
    return data;
}

/// Tiles [first_tile, end_tile) against a panel, one unpacked block at a time.
static void multiply_strip(const lmk_matrix *m, const lmk_activations *a, uint64_t panel, uint32_t first_tile,
                           uint32_t end_tile, const lmk_destination *to) {
    unpacked_block block;
    _Alignas(64) float sums[STRIP_ROWS][LMK_PANEL];
    const uint8_t *data = lmk_panel_data(m, panel);
    const uint32_t first_row = lmk_tile_first(a, first_tile), end_row = lmk_tile_first(a, end_tile);
    memset(sums, 0, (end_row - first_row) * sizeof sums[0]);
    for (uint64_t k = 0; k < m->k; k += (uint64_t)block.groups * block.chunks * CHUNK) {
        const uint64_t group = k / m->group;
        data = unpack_block(&block, data, groups_from(m, k), (uint32_t)lmk_group_length_at(m, group));
        multiply_tile_function *const *multiply =
            block.chunks == 1 ? multiply_tile_of : multiply_tile_long_of;
        for (uint32_t t = first_tile; t < end_tile; ++t) {
            const lmk_tile tile = lmk_tile_at(a, t);
            multiply[tile.rows](&block, &(tile_rows){
                .data = tile.data + k * tile.rows,
                .scale = tile.scale + group * tile.rows,
                .scaled_sum = tile.scaled_sum + group * tile.rows,
                .sums = sums[tile.first_row - first_row],
            });
        }
    }
    for (uint32_t r = first_row; r < end_row; ++r) lmk_store_row(to, m, panel, r, sums[r - first_row]);
}

void LMK_ISA_NAME(linear_w4)(const lmk_matrix *m, const lmk_activations *a, uint64_t panel,
                             const lmk_destination *to) {
    if (a->rows == 1) {
        _Alignas(LMK_VECTOR_BYTES) float result[LMK_PANEL];
        const lmk_tile tile = lmk_tile_at(a, 0);
        multiply_row(m, &tile, lmk_panel_data(m, panel), result);
        lmk_store_row(to, m, panel, 0, result);
        return;
    }
    if (a->tiles <= PACKED_TILES) {
        multiply_packed(m, a, panel, to);
        return;
    }
    for (uint32_t t = 0; t < a->tiles; t += STRIP_TILES) {
        const uint32_t end = a->tiles - t < STRIP_TILES ? a->tiles : t + STRIP_TILES;
        multiply_strip(m, a, panel, t, end, to);
    }
}

LMK_DOT_END
