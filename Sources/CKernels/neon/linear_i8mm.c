// Integer weights times more than one row on SMMLA, which multiplies two rows by two columns of eight inputs:
// twice SDOT's work in one instruction. Both operands are brought into its order once for each piece, the
// weights for all rows and a tile's inputs for all columns.
#if defined(__aarch64__)

#include "common/linear_kernels.h"
#include "neon/linear_rows.h"
#include "neon/linear_squares.h"
#include "neon/linear_tiles.h"

enum { PIECE_OCTETS = PIECE / LMK_OCTET };

LMK_NEON_I8MM_BEGIN

// MARK: Order

/// Two rows of W8 are an octet.
static const uint8_t *order_bytes(const uint8_t *data, uint32_t quads, uint8_t buffer[PIECE_BYTES]) {
    lmk_order_columns(data, quads, buffer);
    return buffer;
}

/// A row of W4 is an octet.
static const uint8_t *order_nibbles(const uint8_t *data, uint32_t quads, uint8_t buffer[PIECE_BYTES]) {
    uint8_t *to = buffer;
    for (uint32_t quad = 0; quad < quads; quad += 2, data += LMK_PANEL_WORD_BYTES) {
        lmk_prefetch_ahead(data);
        LMK_UNROLL for (uint32_t v = 0; v < LMK_PANEL_VECTORS; ++v, to += 2 * LMK_VECTOR_BYTES) {
            const uint8x16_t packed = vld1q_u8(data + v * LMK_VECTOR_BYTES);
            lmk_store_columns_of_squares(to, vandq_u8(packed, vdupq_n_u8(15)), vshrq_n_u8(packed, 4));
        }
    }
    return buffer;
}

// MARK: Tiles

/// `rows` rows and `vectors` x 4 columns of a piece. x: what lmk_order_rows() wrote.
LMK_INLINE void multiply_columns(const uint32_t rows, const uint32_t vectors, const weight_piece *piece,
                                 const tile_rows *tile, const uint8_t *x, uint32_t column) {
    const uint32_t pairs = (rows + 1) / 2;
    const uint8_t *w = piece->values + column * LMK_OCTET;
    // Lanes: the first row's two columns, then the second row's.
    int32x4_t squares[LMK_TILE_PAIRS][LMK_PANEL / LMK_SQUARE_SIDE];
    LMK_UNROLL for (uint32_t pair = 0; pair < pairs; ++pair) {
        LMK_UNROLL for (uint32_t i = 0; i < 2 * vectors; ++i) squares[pair][i] = vdupq_n_s32(0);
    }
    for (uint32_t quad = 0; quad < piece->quads; quad += 2) {
        int8x16_t inputs[LMK_TILE_PAIRS];
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
            const uint64x2_t left = vreinterpretq_u64_s32(squares[r / 2][2 * v]);
            const uint64x2_t right = vreinterpretq_u64_s32(squares[r / 2][2 * v + 1]);
            dot[r][v] = vreinterpretq_s32_u64(lmk_row_of_squares(r, left, right));
        }
    }
    end_piece(rows, vectors, piece, tile, column, dot);
}

#define DEFINE_MULTIPLY_TILE(ROWS, VECTORS)                                                                  \
    static void multiply_tile_##ROWS(const weight_piece *piece, const tile_rows *tile) {                     \
        _Alignas(64) uint8_t inputs[PIECE_OCTETS * LMK_TILE_PAIRS * LMK_VECTOR_BYTES];                       \
        lmk_order_rows(ROWS, tile->data, piece->quads, inputs);                                              \
        for (uint32_t column = 0; column < LMK_PANEL; column += VECTORS * LMK_VECTOR_FLOATS) {               \
            multiply_columns(ROWS, VECTORS, piece, tile, inputs, column);                                    \
        }                                                                                                    \
    }
LMK_NEON_EACH_ROWS(DEFINE_MULTIPLY_TILE)
#undef DEFINE_MULTIPLY_TILE

#define MULTIPLY_TILE(ROWS, VECTORS) multiply_tile_##ROWS,
static const tile_product product = {
    .order = {[LMK_W8] = order_bytes, [LMK_W4] = order_nibbles},
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
