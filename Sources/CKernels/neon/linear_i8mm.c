// Integer weights times more than one row on SMMLA, which multiplies two rows by two columns of eight inputs:
// twice SDOT's work in one instruction. Both operands are brought into its order once for each piece, the weights
// for all rows and a tile's inputs for all columns.
#if defined(__aarch64__)

#include "common/linear_kernels.h"
#include "neon/linear_rows.h"
#include "neon/linear_tiles.h"

enum {
    TILE_PAIRS = LMK_NEON_TILE_ROWS / 2,  // of rows
    PIECE_OCTETS = PIECE / LMK_OCTET,
    COLUMNS = 2,  // of a register of weights
};

LMK_NEON_I8MM_BEGIN

// MARK: Order

/// From the quads of four columns to the octets of two and two columns.
LMK_INLINE void store_octets(uint8_t *to, uint8x16_t low, uint8x16_t high) {
    const uint32x4_t even = vreinterpretq_u32_u8(low), odd = vreinterpretq_u32_u8(high);
    uint32x4_t left = vzip1q_u32(even, odd), right = vzip2q_u32(even, odd);
    // The compiler would make interleaving stores of them, which are slower, and write half of the bytes twice.
    __asm__("" : "+w"(left), "+w"(right));
    vst1q_u8(to, vreinterpretq_u8_u32(left));
    vst1q_u8(to + LMK_VECTOR_BYTES, vreinterpretq_u8_u32(right));
}

/// Returns [octet][32 columns][8]; a missing last quad is zero.
static const uint8_t *order_octets(lmk_format format, const uint8_t *data, uint32_t quads,
                                   uint8_t buffer[PIECE_BYTES]) {
    uint8_t *to = buffer;
    for (uint32_t quad = 0; quad < quads; quad += 2) {
        lmk_prefetch_ahead(data);
        LMK_UNROLL for (uint32_t v = 0; v < LMK_PANEL_VECTORS; ++v, to += 2 * LMK_VECTOR_BYTES) {
            const uint8x16_t first = vld1q_u8(data + v * LMK_VECTOR_BYTES);
            if (format == LMK_W4) {
                store_octets(to, vandq_u8(first, vdupq_n_u8(15)), vshrq_n_u8(first, 4));
            } else if (quad + 1 < quads) {
                store_octets(to, first, vld1q_u8(data + LMK_PANEL_WORD_BYTES + v * LMK_VECTOR_BYTES));
            } else {
                store_octets(to, first, vdupq_n_u8(0));
            }
        }
        data += format == LMK_W4 ? LMK_PANEL_WORD_BYTES : 2 * LMK_PANEL_WORD_BYTES;
    }
    return buffer;
}

/// Quads of rows 2 * pair and 2 * pair + 1; zeros where there is no such row.
LMK_INLINE uint32x2_t load_pair(const uint32_t rows, const uint8_t *x, uint32_t pair) {
    const uint8_t *p = x + pair * 2 * LMK_QUAD;
    if (2 * pair + 1 < rows) return vreinterpret_u32_u8(vld1_u8(p));
    return vset_lane_u32(lmk_load_u32(p), vdup_n_u32(0), 0);
}

/// A tile's inputs as [octet][pair of rows][row][8].
LMK_INLINE void order_inputs(const uint32_t rows, const weight_piece *piece, const uint8_t *x, uint8_t *to) {
    const uint32_t pairs = (rows + 1) / 2;
    for (uint32_t quad = 0; quad < piece->quads; quad += 2, x += 2 * rows * LMK_QUAD) {
        LMK_UNROLL for (uint32_t pair = 0; pair < pairs; ++pair, to += LMK_VECTOR_BYTES) {
            const uint32x2_t first = load_pair(rows, x, pair);
            const uint32x2_t second =
                quad + 1 < piece->quads ? load_pair(rows, x + rows * LMK_QUAD, pair) : vdup_n_u32(0);
            const uint32x4_t octets = vcombine_u32(vzip1_u32(first, second), vzip2_u32(first, second));
            vst1q_u8(to, vreinterpretq_u8_u32(octets));
        }
    }
}

// MARK: Tiles

/// `rows` rows and `vectors` x 4 columns of a piece. x: what order_inputs() wrote.
LMK_INLINE void multiply_columns(const uint32_t rows, const uint32_t vectors, const weight_piece *piece,
                                 const tile_rows *tile, const uint8_t *x, uint32_t column) {
    const uint32_t pairs = (rows + 1) / 2;
    const uint8_t *w = piece->values + column * LMK_OCTET;
    // Lanes: the first row's two columns, then the second row's.
    int32x4_t squares[TILE_PAIRS][LMK_PANEL / COLUMNS];
    LMK_UNROLL for (uint32_t pair = 0; pair < pairs; ++pair) {
        LMK_UNROLL for (uint32_t i = 0; i < 2 * vectors; ++i) squares[pair][i] = vdupq_n_s32(0);
    }
    for (uint32_t quad = 0; quad < piece->quads; quad += 2) {
        int8x16_t inputs[TILE_PAIRS];
        LMK_UNROLL for (uint32_t pair = 0; pair < pairs; ++pair) {
            inputs[pair] = vreinterpretq_s8_u8(vld1q_u8(x + pair * LMK_VECTOR_BYTES));
        }
        LMK_UNROLL for (uint32_t i = 0; i < 2 * vectors; ++i) {
            const int8x16_t weights = vreinterpretq_s8_u8(vld1q_u8(w + i * LMK_VECTOR_BYTES));
            LMK_UNROLL for (uint32_t pair = 0; pair < pairs; ++pair) {
                squares[pair][i] = vmmlaq_s32(squares[pair][i], inputs[pair], weights);
            }
        }
        w += LMK_PANEL * LMK_OCTET;
        x += pairs * LMK_VECTOR_BYTES;
    }
    int32x4_t dot[LMK_NEON_TILE_ROWS][LMK_PANEL_VECTORS];
    LMK_UNROLL for (uint32_t r = 0; r < rows; ++r) {
        LMK_UNROLL for (uint32_t v = 0; v < vectors; ++v) {
            const int64x2_t left = vreinterpretq_s64_s32(squares[r / 2][2 * v]);
            const int64x2_t right = vreinterpretq_s64_s32(squares[r / 2][2 * v + 1]);
            dot[r][v] = vreinterpretq_s32_s64(r % 2 == 0 ? vzip1q_s64(left, right) : vzip2q_s64(left, right));
        }
    }
    end_piece(rows, vectors, piece, tile, column, dot);
}

#define DEFINE_MULTIPLY_TILE(ROWS, VECTORS)                                                                  \
    static void multiply_tile_##ROWS(const weight_piece *piece, const tile_rows *tile) {                     \
        _Alignas(64) uint8_t inputs[PIECE_OCTETS * TILE_PAIRS * LMK_VECTOR_BYTES];                           \
        order_inputs(ROWS, piece, tile->data, inputs);                                                       \
        for (uint32_t column = 0; column < LMK_PANEL; column += VECTORS * LMK_VECTOR_FLOATS) {               \
            multiply_columns(ROWS, VECTORS, piece, tile, inputs, column);                                    \
        }                                                                                                    \
    }
LMK_NEON_EACH_ROWS(DEFINE_MULTIPLY_TILE)
#undef DEFINE_MULTIPLY_TILE

#define MULTIPLY_TILE(ROWS, VECTORS) multiply_tile_##ROWS,
static const tile_product product = {
    .order = {[LMK_W8] = order_octets, [LMK_W4] = order_octets},
    .multiply = {NULL, LMK_NEON_EACH_ROWS(MULTIPLY_TILE)},
};

void lmk_neon_linear_w8_i8mm(const lmk_matrix *m, const lmk_activations *a, uint64_t panel,
                             const lmk_destination *to) {
    if (a->rows == 1) {
        lmk_neon_linear_row_w8(m, a, panel, to);
    } else {
        multiply_tiles(&product, m, a, panel, to);
    }
}

void lmk_neon_linear_w4_i8mm(const lmk_matrix *m, const lmk_activations *a, uint64_t panel,
                             const lmk_destination *to) {
    if (a->rows == 1) {
        lmk_neon_linear_row_w4(m, a, panel, to);
    } else {
        multiply_tiles(&product, m, a, panel, to);
    }
}

LMK_NEON_END

#endif
