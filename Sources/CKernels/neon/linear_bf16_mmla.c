// bf16 weights times bf16 activations on BFMMLA, four inputs at a time in order of k. Every number of rows
// takes this one instruction, also one row, which waits for memory anyway: how it rounds between its products
// (to odd, says the architecture) then cannot make rows differ.
#if defined(__aarch64__)

#include "common/linear_kernels.h"
#include "common/linear_store.h"
#include "neon/linear_squares.h"

enum {
    TILE_ROWS = LMK_NEON_TILE_ROWS,
    PANEL_SQUARES = LMK_PANEL / LMK_SQUARE_SIDE,
    // Words, pairs of inputs, that are brought into order at a time: 8 KiB of weights, 2 KiB of a tile's
    // inputs.
    BLOCK = 64,
    // Tiles that share the ordered weights: their sums take 8 KiB.
    STRIP_TILES = 8,
};

LMK_NEON_BF16_BEGIN

/// Four sums: the first row's two columns, then the second row's.
typedef float32x4_t square;

LMK_INLINE bfloat16x8_t load_operand(const uint8_t *p) {
    return vreinterpretq_bf16_u8(vld1q_u8(p));
}

LMK_INLINE void store_row(const uint32_t row, const square squares[PANEL_SQUARES], float *result) {
    LMK_UNROLL for (uint32_t v = 0; v < LMK_PANEL_VECTORS; ++v) {
        const uint64x2_t left = vreinterpretq_u64_f32(squares[2 * v]);
        const uint64x2_t right = vreinterpretq_u64_f32(squares[2 * v + 1]);
        vst1q_f32(result + v * LMK_VECTOR_FLOATS,
                  vreinterpretq_f32_u64(lmk_row_of_squares(row, left, right)));
    }
}

// MARK: One row

/// Adds two words of a panel. first, second: where they are; x: the row's two words and two zeros.
LMK_INLINE void add_words(square squares[PANEL_SQUARES], const uint8_t *first, const uint8_t *second,
                          bfloat16x8_t x) {
    LMK_UNROLL for (uint32_t v = 0; v < LMK_PANEL_VECTORS; ++v) {
        const uint32x4_t even = vreinterpretq_u32_u8(vld1q_u8(first + v * LMK_VECTOR_BYTES));
        const uint32x4_t odd = vreinterpretq_u32_u8(vld1q_u8(second + v * LMK_VECTOR_BYTES));
        const bfloat16x8_t left = vreinterpretq_bf16_u32(vzip1q_u32(even, odd));
        const bfloat16x8_t right = vreinterpretq_bf16_u32(vzip2q_u32(even, odd));
        squares[2 * v] = vbfmmlaq_f32(squares[2 * v], x, left);
        squares[2 * v + 1] = vbfmmlaq_f32(squares[2 * v + 1], x, right);
    }
}

/// One row against a panel, straight from the packed stream.
static void multiply_row(const uint8_t *data, const uint8_t *x, uint64_t words, float *result) {
    static const uint8_t zeros[LMK_PANEL_WORD_BYTES];
    const uint8x8_t none = vdup_n_u8(0);
    square squares[PANEL_SQUARES];
    LMK_UNROLL for (uint32_t i = 0; i < PANEL_SQUARES; ++i) squares[i] = vdupq_n_f32(0);
    for (; words >= 2; words -= 2, x += 8, data += 2 * LMK_PANEL_WORD_BYTES) {
        lmk_prefetch_ahead(data);
        lmk_prefetch_ahead(data + LMK_PANEL_WORD_BYTES);
        const bfloat16x8_t inputs = vreinterpretq_bf16_u8(vcombine_u8(vld1_u8(x), none));
        add_words(squares, data, data + LMK_PANEL_WORD_BYTES, inputs);
    }
    if (words == 1) {
        const uint8x8_t last = vreinterpret_u8_u32(vset_lane_u32(lmk_load_u32(x), vdup_n_u32(0), 0));
        add_words(squares, data, zeros, vreinterpretq_bf16_u8(vcombine_u8(last, none)));
    }
    store_row(0, squares, result);
}

// MARK: Tiles

/// Adds `words` words to the sums of `pairs` pairs of rows and `count` squares of columns. weights, x: in
/// order, from the first column on; sums: [pair][PANEL_SQUARES].
LMK_INLINE void multiply_columns(const uint32_t pairs, const uint32_t count, const uint8_t *weights,
                                 const uint8_t *x, uint32_t words, square *sums) {
    square tile[LMK_TILE_PAIRS][PANEL_SQUARES];
    LMK_UNROLL for (uint32_t pair = 0; pair < pairs; ++pair) {
        LMK_UNROLL for (uint32_t i = 0; i < count; ++i) tile[pair][i] = sums[pair * PANEL_SQUARES + i];
    }
    for (uint32_t word = 0; word < words; word += 2) {
        bfloat16x8_t inputs[LMK_TILE_PAIRS];
        LMK_UNROLL for (uint32_t pair = 0; pair < pairs; ++pair) {
            inputs[pair] = load_operand(x + pair * LMK_VECTOR_BYTES);
        }
        LMK_UNROLL for (uint32_t i = 0; i < count; ++i) {
            const bfloat16x8_t columns = load_operand(weights + i * LMK_VECTOR_BYTES);
            LMK_UNROLL for (uint32_t pair = 0; pair < pairs; ++pair) {
                tile[pair][i] = vbfmmlaq_f32(tile[pair][i], inputs[pair], columns);
            }
        }
        weights += LMK_PANEL * LMK_SQUARE_BYTES;
        x += pairs * LMK_VECTOR_BYTES;
    }
    LMK_UNROLL for (uint32_t pair = 0; pair < pairs; ++pair) {
        LMK_UNROLL for (uint32_t i = 0; i < count; ++i) sums[pair * PANEL_SQUARES + i] = tile[pair][i];
    }
}

#define DEFINE_MULTIPLY_TILE(ROWS, VECTORS)                                                                  \
    static void multiply_tile_##ROWS(const uint8_t *weights, const uint8_t *x, uint32_t words,               \
                                     square *sums) {                                                         \
        _Alignas(64) uint8_t inputs[BLOCK / 2 * LMK_TILE_PAIRS * LMK_VECTOR_BYTES];                          \
        lmk_order_rows(ROWS, x, words, inputs);                                                              \
        for (uint32_t i = 0; i < PANEL_SQUARES; i += 2 * VECTORS) {                                          \
            multiply_columns((ROWS + 1) / 2, 2 * VECTORS, weights + i * LMK_VECTOR_BYTES, inputs, words,     \
                             sums + i);                                                                      \
        }                                                                                                    \
    }
LMK_NEON_EACH_ROWS(DEFINE_MULTIPLY_TILE)
#undef DEFINE_MULTIPLY_TILE

#define MULTIPLY_TILE(ROWS, VECTORS) multiply_tile_##ROWS,
static void (*const multiply_tile_of[TILE_ROWS + 1])(const uint8_t *, const uint8_t *, uint32_t, square *) = {
    NULL,
    LMK_NEON_EACH_ROWS(MULTIPLY_TILE)
};

/// Tiles [first_tile, end_tile) against a panel, one block of inputs at a time.
static void multiply_strip(const lmk_matrix *m, const lmk_activations *a, uint64_t panel, uint32_t first_tile,
                           uint32_t end_tile, const lmk_destination *to) {
    _Alignas(64) uint8_t weights[BLOCK * LMK_PANEL_WORD_BYTES];
    square sums[STRIP_TILES][LMK_TILE_PAIRS][PANEL_SQUARES];
    const uint8_t *data = lmk_panel_data(m, panel);
    const uint64_t words = lmk_ceil_divide(m->k, 2);
    memset(sums, 0, (end_tile - first_tile) * sizeof sums[0]);
    for (uint64_t word = 0; word < words; word += BLOCK) {
        const uint32_t count = words - word < BLOCK ? (uint32_t)(words - word) : BLOCK;
        lmk_order_columns(data + word * LMK_PANEL_WORD_BYTES, count, weights);
        for (uint32_t t = first_tile; t < end_tile; ++t) {
            const lmk_tile tile = lmk_tile_at(a, t);
            const uint8_t *x = tile.data + word * 4 * tile.rows;
            multiply_tile_of[tile.rows](weights, x, count, sums[t - first_tile][0]);
        }
    }
    for (uint32_t t = first_tile; t < end_tile; ++t) {
        const lmk_tile tile = lmk_tile_at(a, t);
        for (uint32_t r = 0; r < tile.rows; ++r) {
            _Alignas(64) float result[LMK_PANEL];
            store_row(r, sums[t - first_tile][r / 2], result);
            lmk_store_row(to, m, panel, tile.first_row + r, result);
        }
    }
}

void lmk_neon_linear_bf16_mmla(const lmk_matrix *m, const lmk_activations *a, uint64_t panel,
                               const lmk_destination *to) {
    if (a->rows == 1) {
        _Alignas(64) float result[LMK_PANEL];
        multiply_row(lmk_panel_data(m, panel), a->data, lmk_ceil_divide(m->k, 2), result);
        lmk_store_row(to, m, panel, 0, result);
        return;
    }
    for (uint32_t t = 0; t < a->tiles; t += STRIP_TILES) {
        multiply_strip(m, a, panel, t, a->tiles - t < STRIP_TILES ? a->tiles : t + STRIP_TILES, to);
    }
}

LMK_NEON_END

#endif
