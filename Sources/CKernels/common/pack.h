// Pieces that packing and quantising share. Every format is packed as 32-bit words: the four bytes that
// one column contributes to a panel row (an fp32, a pair of bf16, a quad of int8, an octet of nibbles).
// A row is first turned into its words, a loop over contiguous memory; then the words of up to 32 rows
// are transposed into the panel.
#ifndef LMK_PACK_H
#define LMK_PACK_H

#include "common/linear_layout.h"

enum {
    // Words of a row that are transposed at a time: 32 rows of them fill 4 KiB of L1. A multiple of
    // every group's words, except that a group of int8 may be exactly one block.
    LMK_PACK_WORDS = LMK_GROUP_MAXIMUM / LMK_QUAD,
};

typedef uint32_t lmk_word_block[LMK_PANEL][LMK_PACK_WORDS];

/// The consecutive columns of one panel that a run of matrix rows fills.
typedef struct lmk_panel_slice {
    uint8_t *panel;
    uint32_t first_column;
    uint32_t columns;
} lmk_panel_slice;

/// The slice that starts at matrix row `row`, at most `rows` long.
static inline lmk_panel_slice lmk_panel_slice_at(const lmk_matrix *m, uint8_t *data, uint64_t row,
                                                 uint64_t rows) {
    uint32_t column = (uint32_t)(row % LMK_PANEL), room = LMK_PANEL - column;
    return (lmk_panel_slice){
        .panel = data + row / LMK_PANEL * lmk_panel_bytes(m->format, m->group, m->k),
        .first_column = column,
        .columns = rows < room ? (uint32_t)rows : room,
    };
}

/// Bytes from the start of a panel to group `group`.
static inline size_t lmk_group_offset(const lmk_matrix *m, uint64_t group) {
    return group * lmk_group_stride(m);
}

typedef uint32_t lmk_four_words __attribute__((vector_size(16)));
enum { LMK_SQUARE = sizeof(lmk_four_words) / sizeof(uint32_t) };

/// Transposes a square of 4 x 4 words into a panel: the words of a column lie `stride` bytes after those of the
/// column before.
static inline void lmk_store_square(const uint8_t *words, size_t stride, uint8_t *rows) {
    lmk_four_words columns[LMK_SQUARE];
    for (uint32_t c = 0; c < LMK_SQUARE; ++c) memcpy(&columns[c], words + c * stride, sizeof columns[c]);
    const lmk_four_words low = __builtin_shufflevector(columns[0], columns[1], 0, 4, 1, 5);
    const lmk_four_words high = __builtin_shufflevector(columns[0], columns[1], 2, 6, 3, 7);
    const lmk_four_words next_low = __builtin_shufflevector(columns[2], columns[3], 0, 4, 1, 5);
    const lmk_four_words next_high = __builtin_shufflevector(columns[2], columns[3], 2, 6, 3, 7);
    const lmk_four_words square[LMK_SQUARE] = {
        __builtin_shufflevector(low, next_low, 0, 1, 4, 5),
        __builtin_shufflevector(low, next_low, 2, 3, 6, 7),
        __builtin_shufflevector(high, next_high, 0, 1, 4, 5),
        __builtin_shufflevector(high, next_high, 2, 3, 6, 7),
    };
    for (uint32_t w = 0; w < LMK_SQUARE; ++w) {
        memcpy(rows + w * LMK_PANEL_WORD_BYTES, &square[w], sizeof square[w]);
    }
}

/// Writes `count` words of every column, starting at the panel row at `rows`. A column's words follow each other
/// at `words`, `stride` bytes from those of the column before.
static inline void lmk_store_columns(const lmk_panel_slice *slice, uint8_t *rows, const void *words,
                                     size_t stride, uint64_t count) {
    uint8_t *out = rows + slice->first_column * sizeof(uint32_t);
    const uint32_t squares = slice->columns / LMK_SQUARE * LMK_SQUARE;
    const uint64_t whole = count / LMK_SQUARE * LMK_SQUARE;
    // In blocks, whose part of the panel stays in L1 until all columns have been written.
    for (uint64_t block = 0; block < whole; block += LMK_PACK_WORDS) {
        const uint64_t end = whole - block < LMK_PACK_WORDS ? whole : block + LMK_PACK_WORDS;
        for (uint32_t c = 0; c < squares; c += LMK_SQUARE) {
            for (uint64_t w = block; w < end; w += LMK_SQUARE) {
                lmk_store_square((const uint8_t *)words + c * stride + w * sizeof(uint32_t), stride,
                                 out + w * LMK_PANEL_WORD_BYTES + c * sizeof(uint32_t));
            }
        }
    }
    // What no square covers: the last words of all columns, and all words of the last columns.
    for (uint64_t w = 0; w < count; ++w) {
        for (uint32_t c = w < whole ? squares : 0; c < slice->columns; ++c) {
            const uint8_t *source = (const uint8_t *)words + c * stride + w * sizeof(uint32_t);
            lmk_store_u32(out + w * LMK_PANEL_WORD_BYTES + c * sizeof(uint32_t), lmk_load_u32(source));
        }
    }
}

/// As above for words that were put together in a block.
static inline void lmk_store_words(const lmk_panel_slice *slice, uint8_t *rows, const lmk_word_block words,
                                   uint64_t count) {
    lmk_store_columns(slice, rows, words, sizeof words[0], count);
}

/// Words of `n` int8 values, n % 4 == 0 but at the end of a row; missing bytes are zero.
static inline void lmk_words_from_int8(uint32_t *words, const int8_t *values, uint64_t n) {
    if (n % LMK_QUAD != 0) words[n / LMK_QUAD] = 0;
    memcpy(words, values, n);
}

/// Words of `n` values 0...15, n % 8 == 0: byte i holds value i low and value i + 4 high.
static inline void lmk_words_from_nibbles(uint32_t *words, const uint8_t *values, uint64_t n) {
    for (uint64_t i = 0; i < n / LMK_OCTET; ++i) {
        uint64_t octet = lmk_load_u64(values + i * LMK_OCTET) & 0x0f0f0f0f0f0f0f0full;
        words[i] = (uint32_t)(octet | octet >> 28);
    }
}

#endif
