// Few tiles of a w4 layer against a panel as it lies in memory. Included by `avx2/linear_w4.h`, whose tiles they are.

/// Groups of a panel as they lie in memory.
typedef struct packed_block {
    const uint8_t *data;
    uint32_t groups;
    uint32_t chunks;  // per group
} packed_block;

/// Adds `rows` x 16 columns against 32 inputs in nibbles, as add_tile_chunk() does against bytes.
LMK_INLINE void add_packed_chunk(const uint32_t rows, const bool is_first, const uint8_t *w, const uint8_t *x,
                                 __m256i dot[TILE_ROWS][TILE_VECTORS]) {
    const __m256i low_nibbles = _mm256_set1_epi8(15);
    __m256i products[TILE_ROWS][TILE_VECTORS];
    LMK_UNROLL for (uint32_t r = 0; r < rows; ++r) {
        LMK_UNROLL for (uint32_t v = 0; v < TILE_VECTORS; ++v) {
            if (is_first) dot[r][v] = _mm256_setzero_si256();
            products[r][v] = lmk_begin_products(dot[r][v]);
        }
    }
    LMK_UNROLL for (uint32_t octet = 0; octet < CHUNK / LMK_OCTET; ++octet) {
        __m256i packed[TILE_VECTORS];
        _mm_prefetch((const char *)w + LMK_PREFETCH_BYTES, _MM_HINT_T0);
        LMK_UNROLL for (uint32_t v = 0; v < TILE_VECTORS; ++v) {
            packed[v] = lmk_load_bytes(w + v * LMK_VECTOR_BYTES);
        }
        LMK_UNROLL for (uint32_t half = 0; half < 2; ++half) {
            __m256i weights[TILE_VECTORS];
            LMK_UNROLL for (uint32_t v = 0; v < TILE_VECTORS; ++v) {
                weights[v] = _mm256_and_si256(packed[v], low_nibbles);
                packed[v] = _mm256_srli_epi16(packed[v], 4);
            }
            LMK_UNROLL for (uint32_t r = 0; r < rows; ++r) {
                __m256i quad_of_row = lmk_broadcast_quad(x + r * LMK_QUAD);
                LMK_UNROLL for (uint32_t v = 0; v < TILE_VECTORS; ++v) {
                    products[r][v] = lmk_add_products(products[r][v], weights[v], quad_of_row);
                }
            }
            x += rows * LMK_QUAD;
        }
        w += LMK_PANEL_WORD_BYTES;
    }
    LMK_UNROLL for (uint32_t r = 0; r < rows; ++r) {
        LMK_UNROLL for (uint32_t v = 0; v < TILE_VECTORS; ++v) {
            dot[r][v] = lmk_end_products(dot[r][v], products[r][v]);
        }
    }
}

LMK_INLINE void multiply_packed_tile(const uint32_t rows, const uint32_t chunks, const packed_block *block,
                                     uint32_t across, const tile_rows *tile) {
    const uint8_t *data = block->data, *x = tile->data;
    const float *row_scales = tile->scale, *row_sums = tile->scaled_sum;
    const uint32_t column = across * TILE_COLUMNS;
    for (uint32_t g = 0; g < block->groups; ++g) {
        const uint8_t *scales = data + column * 2, *offsets = scales + LMK_PANEL_HALF_BYTES;
        _mm_prefetch((const char *)scales + LMK_PREFETCH_BYTES, _MM_HINT_T0);
        _mm_prefetch((const char *)offsets + LMK_PREFETCH_BYTES, _MM_HINT_T0);
        data += 2 * LMK_PANEL_HALF_BYTES;
        __m256i dot[TILE_ROWS][TILE_VECTORS];
        for (uint32_t chunk = 0; chunk < chunks; ++chunk) {
            add_packed_chunk(rows, chunk == 0, data + column * LMK_QUAD, x, dot);
            data += CHUNK / LMK_OCTET * LMK_PANEL_WORD_BYTES;
            x += CHUNK * rows;
        }
        __m256 weight_scale[TILE_VECTORS], weight_offset[TILE_VECTORS];
        LMK_UNROLL for (uint32_t v = 0; v < TILE_VECTORS; ++v) {
            weight_scale[v] = lmk_load_halves(scales + v * LMK_VECTOR_BYTES / 2);
            weight_offset[v] = lmk_load_halves(offsets + v * LMK_VECTOR_BYTES / 2);
        }
        add_tile_group(rows, dot, weight_scale, weight_offset, row_scales, row_sums, tile->sums + column);
        row_scales += rows;
        row_sums += rows;
    }
}

#define DEFINE_MULTIPLY_PACKED(ROWS)                                                                         \
    static void multiply_packed_##ROWS(const packed_block *block, const tile_rows *tile) {                   \
        for (uint32_t across = 0; across < TILES_ACROSS; ++across) {                                         \
            multiply_packed_tile(ROWS, 1, block, across, tile);                                              \
        }                                                                                                    \
    }                                                                                                        \
    static void multiply_packed_long_##ROWS(const packed_block *block, const tile_rows *tile) {              \
        for (uint32_t across = 0; across < TILES_ACROSS; ++across) {                                         \
            multiply_packed_tile(ROWS, block->chunks, block, across, tile);                                  \
        }                                                                                                    \
    }
LMK_DOT_EACH_ROWS(DEFINE_MULTIPLY_PACKED)
#undef DEFINE_MULTIPLY_PACKED

typedef void multiply_packed_function(const packed_block *block, const tile_rows *tile);
#define MULTIPLY_PACKED(ROWS) multiply_packed_##ROWS,
static multiply_packed_function *const multiply_packed_of[TILE_ROWS + 1] = {
    NULL,
    LMK_DOT_EACH_ROWS(MULTIPLY_PACKED)
};
#define MULTIPLY_PACKED_LONG(ROWS) multiply_packed_long_##ROWS,
static multiply_packed_function *const multiply_packed_long_of[TILE_ROWS + 1] = {
    NULL,
    LMK_DOT_EACH_ROWS(MULTIPLY_PACKED_LONG)
};

/// All tiles against a panel: too few of them to pay for unpacking it.
static void multiply_packed(const lmk_matrix *m, const lmk_activations *a, uint64_t panel,
                            const lmk_destination *to) {
    _Alignas(64) float sums[PACKED_TILES * TILE_ROWS][LMK_PANEL];
    memset(sums, 0, a->rows * sizeof sums[0]);
    packed_block block = {.data = lmk_panel_data(m, panel)};
    for (uint64_t k = 0; k < m->k; k += (uint64_t)block.groups * block.chunks * CHUNK) {
        const uint64_t group = k / m->group;
        block.groups = groups_from(m, k);
        block.chunks = (uint32_t)lmk_group_length_at(m, group) / CHUNK;
        multiply_packed_function *const *multiply =
            block.chunks == 1 ? multiply_packed_of : multiply_packed_long_of;
        for (uint32_t t = 0; t < a->tiles; ++t) {
            const lmk_tile tile = lmk_tile_at(a, t);
            multiply[tile.rows](&block, &(tile_rows){
                .data = tile.data + k * tile.rows,
                .scale = tile.scale + group * tile.rows,
                .scaled_sum = tile.scaled_sum + group * tile.rows,
                .sums = sums[tile.first_row],
            });
        }
        block.data += block.groups * (2 * LMK_PANEL_HALF_BYTES +
                                      block.chunks * (CHUNK / LMK_OCTET) * LMK_PANEL_WORD_BYTES);
    }
    for (uint32_t r = 0; r < a->rows; ++r) lmk_store_row(to, m, panel, r, sums[r]);
}
