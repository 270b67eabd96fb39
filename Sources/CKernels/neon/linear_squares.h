// The operands of SMMLA and BFMMLA, which multiply two rows by two columns of eight bytes each. Panels and
// encoded rows have the inputs of four bytes, a word, together; these instructions want those of two words.
#ifndef LMK_NEON_LINEAR_SQUARES_H
#define LMK_NEON_LINEAR_SQUARES_H

#include "neon/simd.h"

enum {
    LMK_SQUARE_SIDE = 2,  // rows, or columns, of a register
    LMK_SQUARE_BYTES = 8,  // of a row, or of a column, in a register
    LMK_TILE_PAIRS = LMK_NEON_TILE_ROWS / LMK_SQUARE_SIDE,
};

LMK_NEON_BEGIN

/// From two words of four columns each to two and two columns.
LMK_INLINE void lmk_store_columns_of_squares(uint8_t *to, uint8x16_t first, uint8x16_t second) {
    const uint32x4_t even = vreinterpretq_u32_u8(first), odd = vreinterpretq_u32_u8(second);
    uint32x4_t left = vzip1q_u32(even, odd), right = vzip2q_u32(even, odd);
    // The compiler would make interleaving stores of them, which are slower, and write half of the bytes
    // twice.
    __asm__("" : "+w"(left), "+w"(right));
    vst1q_u8(to, vreinterpretq_u8_u32(left));
    vst1q_u8(to + LMK_VECTOR_BYTES, vreinterpretq_u8_u32(right));
}

/// `words` rows of a panel as [pair of words][32 columns][8]; a missing last word is zero.
LMK_INLINE void lmk_order_columns(const uint8_t *data, uint32_t words, uint8_t *to) {
    for (uint32_t word = 0; word < words; word += 2, data += 2 * LMK_PANEL_WORD_BYTES) {
        lmk_prefetch_ahead(data);
        lmk_prefetch_ahead(data + LMK_PANEL_WORD_BYTES);
        LMK_UNROLL for (uint32_t v = 0; v < LMK_PANEL_VECTORS; ++v, to += 2 * LMK_VECTOR_BYTES) {
            const uint8_t *place = data + v * LMK_VECTOR_BYTES;
            const bool is_last = word + 1 == words;
            const uint8x16_t second = is_last ? vdupq_n_u8(0) : vld1q_u8(place + LMK_PANEL_WORD_BYTES);
            lmk_store_columns_of_squares(to, vld1q_u8(place), second);
        }
    }
}

/// Words of rows 2 * pair and 2 * pair + 1; zeros where there is no such row.
LMK_INLINE uint32x2_t lmk_load_pair(const uint32_t rows, const uint8_t *x, uint32_t pair) {
    const uint8_t *p = x + pair * LMK_SQUARE_BYTES;
    if (2 * pair + 1 < rows) return vreinterpret_u32_u8(vld1_u8(p));
    return vset_lane_u32(lmk_load_u32(p), vdup_n_u32(0), 0);
}

/// `words` words of a tile's rows as [pair of words][pair of rows][row][8]; a missing last word is zero.
LMK_INLINE void lmk_order_rows(const uint32_t rows, const uint8_t *x, uint32_t words, uint8_t *to) {
    const uint32_t pairs = (rows + 1) / 2;
    for (uint32_t word = 0; word < words; word += 2, x += 2 * rows * 4) {
        LMK_UNROLL for (uint32_t pair = 0; pair < pairs; ++pair, to += LMK_VECTOR_BYTES) {
            const uint32x2_t first = lmk_load_pair(rows, x, pair);
            const uint32x2_t second =
                word + 1 == words ? vdup_n_u32(0) : lmk_load_pair(rows, x + rows * 4, pair);
            const uint32x4_t square = vcombine_u32(vzip1_u32(first, second), vzip2_u32(first, second));
            vst1q_u8(to, vreinterpretq_u8_u32(square));
        }
    }
}

/// Four columns of one of the two rows, from the squares of the left and the right two.
LMK_INLINE uint64x2_t lmk_row_of_squares(uint32_t row, uint64x2_t left, uint64x2_t right) {
    return row % 2 == 0 ? vzip1q_u64(left, right) : vzip2q_u64(left, right);
}

LMK_NEON_END

#endif
