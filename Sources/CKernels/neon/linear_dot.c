// Integer weights times more than one row on SDOT: a lane is a column, its quad meets the quad of a row.
#if defined(__aarch64__)

#include "common/linear_kernels.h"
#include "neon/linear_rows.h"
#include "neon/linear_tiles.h"

enum { TILE_ROWS = LMK_NEON_TILE_ROWS };

LMK_NEON_BEGIN

/// W8 lies in the order [quad][32][4] already.
static const uint8_t *order_bytes(const uint8_t *data, uint32_t quads, uint8_t buffer[PIECE_BYTES]) {
    (void)quads, (void)buffer;
    return data;
}

/// An octet of nibbles becomes two quads.
static const uint8_t *order_nibbles(const uint8_t *data, uint32_t quads, uint8_t buffer[PIECE_BYTES]) {
    uint8_t *low = buffer, *high = buffer + LMK_PANEL_WORD_BYTES;
    for (uint32_t quad = 0; quad < quads; quad += 2) {
        lmk_prefetch_ahead(data);
        LMK_UNROLL for (uint32_t v = 0; v < LMK_PANEL_VECTORS; ++v) {
            const uint8x16_t packed = vld1q_u8(data + v * LMK_VECTOR_BYTES);
            vst1q_u8(low + v * LMK_VECTOR_BYTES, vandq_u8(packed, vdupq_n_u8(15)));
            vst1q_u8(high + v * LMK_VECTOR_BYTES, vshrq_n_u8(packed, 4));
        }
        data += LMK_PANEL_WORD_BYTES;
        low += 2 * LMK_PANEL_WORD_BYTES;
        high += 2 * LMK_PANEL_WORD_BYTES;
    }
    return buffer;
}

/// `rows` rows and `vectors` x 4 columns of a piece.
LMK_INLINE void multiply_columns(const uint32_t rows, const uint32_t vectors, const weight_piece *piece,
                                 const tile_rows *tile, uint32_t column) {
    const uint8_t *w = piece->values + column * LMK_QUAD, *x = tile->data;
    int32x4_t dot[TILE_ROWS][LMK_PANEL_VECTORS];
    LMK_UNROLL for (uint32_t r = 0; r < rows; ++r) {
        LMK_UNROLL for (uint32_t v = 0; v < vectors; ++v) dot[r][v] = vdupq_n_s32(0);
    }
    for (uint32_t quad = 0; quad < piece->quads; ++quad, w += LMK_PANEL_WORD_BYTES, x += rows * LMK_QUAD) {
        const lmk_row_words words = lmk_load_row_words(rows, x);
        LMK_UNROLL for (uint32_t v = 0; v < vectors; ++v) {
            const int8x16_t weights = vreinterpretq_s8_u8(vld1q_u8(w + v * LMK_VECTOR_BYTES));
            LMK_UNROLL for (uint32_t r = 0; r < rows; ++r) {
                const int8x16_t inputs = vreinterpretq_s8_u32(lmk_row_word(rows, &words, x, r));
                dot[r][v] = vdotq_s32(dot[r][v], weights, inputs);
            }
        }
    }
    end_piece(rows, vectors, piece, tile, column, dot);
}

#define DEFINE_MULTIPLY_TILE(ROWS, VECTORS)                                                                  \
    static void multiply_tile_##ROWS(const weight_piece *piece, const tile_rows *tile) {                     \
        for (uint32_t column = 0; column < LMK_PANEL; column += VECTORS * LMK_VECTOR_FLOATS) {               \
            multiply_columns(ROWS, VECTORS, piece, tile, column);                                            \
        }                                                                                                    \
    }
LMK_NEON_EACH_ROWS(DEFINE_MULTIPLY_TILE)
#undef DEFINE_MULTIPLY_TILE

#define MULTIPLY_TILE(ROWS, VECTORS) multiply_tile_##ROWS,
static const tile_product product = {
    .order = {[LMK_W8] = order_bytes, [LMK_W4] = order_nibbles},
    .multiply = {NULL, LMK_NEON_EACH_ROWS(MULTIPLY_TILE)},
};

void lmk_neon_linear_w8(const lmk_matrix *m, const lmk_activations *a, uint64_t panel,
                        const lmk_destination *to) {
    if (a->rows == 1) {
        lmk_neon_linear_row_w8(m, a, panel, to);
    } else {
        multiply_tiles(&product, m, a, panel, to);
    }
}

void lmk_neon_linear_w4(const lmk_matrix *m, const lmk_activations *a, uint64_t panel,
                        const lmk_destination *to) {
    if (a->rows == 1) {
        lmk_neon_linear_row_w4(m, a, panel, to);
    } else {
        multiply_tiles(&product, m, a, panel, to);
    }
}

LMK_NEON_END

#endif
