#if defined(__x86_64__)

#include "avx2/simd.h"
#include "common/linear_kernels.h"
#include "common/linear_store.h"

enum {
    // Rows by columns of the register tile: 8 accumulators, 2 weights, 1 activation and a product fit
    // 16 registers. 6 x 16 and 2 x 32 measured within 3 % of it, 3 x 32 and 8 x 8 slower.
    TILE_ROWS = 4,
    TILE_VECTORS = 2,
    TILE_COLUMNS = TILE_VECTORS * LMK_VECTOR_FLOATS,
    TILES_ACROSS = LMK_PANEL / TILE_COLUMNS,
    // Inputs whose products fit an int16 sum: a lane adds one pair of u4 x s8 products per quad, at most
    // 2 * 15 * 127 = 3810, and the 8 quads of 32 inputs make 30480 < 32767.
    CHUNK = 32,
    // Inputs unpacked at a time: the longest group; 4 KiB of L1.
    BLOCK = LMK_GROUP_MAXIMUM,
    BLOCK_GROUPS = BLOCK / LMK_GROUP_MINIMUM,
    // Rows that share an unpacked block: 16 tiles make unpacking a few percent of their work, and the
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

LMK_AVX2_BEGIN

/// The reduction step across groups that every row count and instruction set shares.
LMK_INLINE __m256 add_group(__m256 sum, __m256i dot, __m256 weight_scale, __m256 weight_offset, __m256 scale,
                            __m256 scaled_sum) {
    sum = _mm256_fmadd_ps(_mm256_cvtepi32_ps(dot), _mm256_mul_ps(weight_scale, scale), sum);
    return _mm256_fmadd_ps(weight_offset, scaled_sum, sum);
}

/// int16 pair sums to one int32 per column.
LMK_INLINE __m256i widen_pairs(__m256i pairs) {
    return _mm256_madd_epi16(pairs, _mm256_set1_epi16(1));
}

// MARK: One row

/// 32 inputs of one row against packed nibbles: an int32 per column.
LMK_INLINE void dot_chunk(const uint8_t *data, const uint8_t *x, __m256i dot[LMK_PANEL_VECTORS]) {
    const __m256i low_nibbles = _mm256_set1_epi8(15);
    __m256i pairs[LMK_PANEL_VECTORS];
    LMK_UNROLL for (uint32_t v = 0; v < LMK_PANEL_VECTORS; ++v) pairs[v] = _mm256_setzero_si256();
    LMK_UNROLL for (uint32_t octet = 0; octet < CHUNK / LMK_OCTET; ++octet) {
        lmk_prefetch_ahead(data);
        __m256i x_low = lmk_broadcast_quad(x), x_high = lmk_broadcast_quad(x + LMK_QUAD);
        LMK_UNROLL for (uint32_t v = 0; v < LMK_PANEL_VECTORS; ++v) {
            __m256i packed = lmk_load_bytes(data + v * LMK_VECTOR_BYTES);
            __m256i low = _mm256_and_si256(packed, low_nibbles);
            __m256i high = _mm256_and_si256(_mm256_srli_epi16(packed, 4), low_nibbles);
            pairs[v] = lmk_keep(_mm256_add_epi16(pairs[v], _mm256_maddubs_epi16(low, x_low)));
            pairs[v] = lmk_keep(_mm256_add_epi16(pairs[v], _mm256_maddubs_epi16(high, x_high)));
        }
        data += LMK_PANEL_WORD_BYTES;
        x += LMK_OCTET;
    }
    LMK_UNROLL for (uint32_t v = 0; v < LMK_PANEL_VECTORS; ++v) {
        dot[v] = _mm256_add_epi32(dot[v], widen_pairs(pairs[v]));
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
        __m256i dot[LMK_PANEL_VECTORS];
        LMK_UNROLL for (uint32_t v = 0; v < LMK_PANEL_VECTORS; ++v) dot[v] = _mm256_setzero_si256();
        for (uint64_t left = lmk_group_length_at(m, g); left > 0; left -= CHUNK) {
            dot_chunk(data, x, dot);
            data += CHUNK / LMK_OCTET * LMK_PANEL_WORD_BYTES;
            x += CHUNK;
        }
        __m256 scale = _mm256_broadcast_ss(tile->scale + g);
        __m256 scaled_sum = _mm256_broadcast_ss(tile->scaled_sum + g);
        LMK_UNROLL for (uint32_t v = 0; v < LMK_PANEL_VECTORS; ++v) {
            sums[v] = add_group(sums[v], dot[v], lmk_load_halves(scales + v * LMK_VECTOR_BYTES / 2),
                                lmk_load_halves(offsets + v * LMK_VECTOR_BYTES / 2), scale, scaled_sum);
        }
    }
    LMK_UNROLL for (uint32_t v = 0; v < LMK_PANEL_VECTORS; ++v) {
        _mm256_store_ps(result + v * LMK_VECTOR_FLOATS, sums[v]);
    }
}

// MARK: Tiles

/// `rows` x 16 columns against 32 inputs: an int16 pair sum per column and half quad.
LMK_INLINE void pair_chunk(const uint32_t rows, const uint8_t *w, const uint8_t *x,
                           __m256i pairs[TILE_ROWS][TILE_VECTORS]) {
    LMK_UNROLL for (uint32_t quad = 0; quad < CHUNK / LMK_QUAD; ++quad) {
        __m256i weights[TILE_VECTORS];
        LMK_UNROLL for (uint32_t v = 0; v < TILE_VECTORS; ++v) {
            weights[v] = lmk_load_bytes(w + v * LMK_VECTOR_BYTES);
        }
        LMK_UNROLL for (uint32_t r = 0; r < rows; ++r) {
            __m256i quad_of_row = lmk_broadcast_quad(x + r * LMK_QUAD);
            LMK_UNROLL for (uint32_t v = 0; v < TILE_VECTORS; ++v) {
                __m256i product = _mm256_maddubs_epi16(weights[v], quad_of_row);
                pairs[r][v] = quad == 0 ? product : lmk_keep(_mm256_add_epi16(pairs[r][v], product));
            }
        }
        w += TILE_VECTORS * LMK_VECTOR_BYTES;
        x += rows * LMK_QUAD;
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
            __m256i pairs[TILE_ROWS][TILE_VECTORS];
            pair_chunk(rows, w, x, pairs);
            LMK_UNROLL for (uint32_t r = 0; r < rows; ++r) {
                LMK_UNROLL for (uint32_t v = 0; v < TILE_VECTORS; ++v) {
                    __m256i wide = widen_pairs(pairs[r][v]);
                    dot[r][v] = chunk == 0 ? wide : _mm256_add_epi32(dot[r][v], wide);
                }
            }
            w += CHUNK * TILE_COLUMNS;
            x += CHUNK * rows;
        }
        __m256 weight_scale[TILE_VECTORS], weight_offset[TILE_VECTORS];
        LMK_UNROLL for (uint32_t v = 0; v < TILE_VECTORS; ++v) {
            weight_scale[v] = _mm256_load_ps(block->scale[g] + column + v * LMK_VECTOR_FLOATS);
            weight_offset[v] = _mm256_load_ps(block->offset[g] + column + v * LMK_VECTOR_FLOATS);
        }
        LMK_UNROLL for (uint32_t r = 0; r < rows; ++r) {
            __m256 scale = _mm256_broadcast_ss(row_scales + r);
            __m256 scaled_sum = _mm256_broadcast_ss(row_sums + r);
            LMK_UNROLL for (uint32_t v = 0; v < TILE_VECTORS; ++v) {
                float *sum = tile->sums + r * LMK_PANEL + column + v * LMK_VECTOR_FLOATS;
                _mm256_store_ps(sum, add_group(_mm256_load_ps(sum), dot[r][v], weight_scale[v],
                                               weight_offset[v], scale, scaled_sum));
            }
        }
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
DEFINE_MULTIPLY_TILE(1)
DEFINE_MULTIPLY_TILE(2)
DEFINE_MULTIPLY_TILE(3)
DEFINE_MULTIPLY_TILE(4)
#undef DEFINE_MULTIPLY_TILE

typedef void multiply_tile_function(const unpacked_block *block, const tile_rows *tile);
static multiply_tile_function *const multiply_tile_of[TILE_ROWS + 1] = {
    NULL, multiply_tile_1, multiply_tile_2, multiply_tile_3, multiply_tile_4,
};
static multiply_tile_function *const multiply_tile_long_of[TILE_ROWS + 1] = {
    NULL, multiply_tile_long_1, multiply_tile_long_2, multiply_tile_long_3, multiply_tile_long_4,
};

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
        // As many whole groups as fit the block, or the short group at the end of k.
        const uint64_t group = k / m->group, whole = (m->k - k) / m->group, fit = BLOCK / m->group;
        const uint32_t groups = whole == 0 ? 1 : (uint32_t)(whole < fit ? whole : fit);
        data = unpack_block(&block, data, groups, (uint32_t)lmk_group_length_at(m, group));
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

void lmk_avx2_linear_w4(const lmk_matrix *m, const lmk_activations *a, uint64_t panel,
                        const lmk_destination *to) {
    if (a->rows == 1) {
        _Alignas(LMK_VECTOR_BYTES) float result[LMK_PANEL];
        const lmk_tile tile = lmk_tile_at(a, 0);
        multiply_row(m, &tile, lmk_panel_data(m, panel), result);
        lmk_store_row(to, m, panel, 0, result);
        return;
    }
    for (uint32_t t = 0; t < a->tiles; t += STRIP_TILES) {
        const uint32_t end = a->tiles - t < STRIP_TILES ? a->tiles : t + STRIP_TILES;
        multiply_strip(m, a, panel, t, end, to);
    }
}

LMK_AVX2_END

#endif
