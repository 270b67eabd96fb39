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

// A tile of the transposition: four words of eight columns. Columns 0 and 4, 1 and 5 and so on share
// registers, in whose halves the words move.
typedef uint32_t lmk_four_words __attribute__((vector_size(16)));
typedef uint32_t lmk_eight_words __attribute__((vector_size(32)));
enum {
    LMK_TILE_WORDS = sizeof(lmk_four_words) / sizeof(uint32_t),
    LMK_TILE_COLUMNS = sizeof(lmk_eight_words) / sizeof(uint32_t),
};

/// Transposes a tile into a panel: the words of a column lie `stride` bytes after those of the column before.
static inline __attribute__((always_inline)) void lmk_store_tile(const uint8_t *words, size_t stride,
                                                                 uint8_t *rows) {
    lmk_eight_words columns[LMK_TILE_WORDS];
    for (uint32_t c = 0; c < LMK_TILE_WORDS; ++c) {
        lmk_four_words one, other;
        memcpy(&one, words + c * stride, sizeof one);
        memcpy(&other, words + (c + LMK_TILE_WORDS) * stride, sizeof other);
        columns[c] = __builtin_shufflevector(one, other, 0, 1, 2, 3, 4, 5, 6, 7);
    }
#define LMK_LOW_WORDS(a, b) __builtin_shufflevector(a, b, 0, 8, 1, 9, 4, 12, 5, 13)
#define LMK_HIGH_WORDS(a, b) __builtin_shufflevector(a, b, 2, 10, 3, 11, 6, 14, 7, 15)
#define LMK_LOW_PAIRS(a, b) __builtin_shufflevector(a, b, 0, 1, 8, 9, 4, 5, 12, 13)
#define LMK_HIGH_PAIRS(a, b) __builtin_shufflevector(a, b, 2, 3, 10, 11, 6, 7, 14, 15)
    const lmk_eight_words low = LMK_LOW_WORDS(columns[0], columns[1]);
    const lmk_eight_words high = LMK_HIGH_WORDS(columns[0], columns[1]);
    const lmk_eight_words next_low = LMK_LOW_WORDS(columns[2], columns[3]);
    const lmk_eight_words next_high = LMK_HIGH_WORDS(columns[2], columns[3]);
    const lmk_eight_words tile[LMK_TILE_WORDS] = {LMK_LOW_PAIRS(low, next_low), LMK_HIGH_PAIRS(low, next_low),
                                                  LMK_LOW_PAIRS(high, next_high),
                                                  LMK_HIGH_PAIRS(high, next_high)};
#undef LMK_LOW_WORDS
#undef LMK_HIGH_WORDS
#undef LMK_LOW_PAIRS
#undef LMK_HIGH_PAIRS
    for (uint32_t w = 0; w < LMK_TILE_WORDS; ++w) {
        memcpy(rows + w * LMK_PANEL_WORD_BYTES, &tile[w], sizeof tile[w]);
    }
}

/// Writes `count` words of every column, starting at the panel row at `rows`. A column's words follow each
/// other at `words`, `stride` bytes from those of the column before.
static inline __attribute__((always_inline)) void lmk_store_columns(const lmk_panel_slice *slice,
                                                                    uint8_t *rows, const void *words,
                                                                    size_t stride, uint64_t count) {
    uint8_t *out = rows + slice->first_column * sizeof(uint32_t);
    const uint32_t tiles = slice->columns / LMK_TILE_COLUMNS * LMK_TILE_COLUMNS;
    const uint64_t whole = count / LMK_TILE_WORDS * LMK_TILE_WORDS;
    // In blocks, whose part of the panel stays in L1 until all columns have been written.
    for (uint64_t block = 0; block < whole; block += LMK_PACK_WORDS) {
        const uint64_t end = whole - block < LMK_PACK_WORDS ? whole : block + LMK_PACK_WORDS;
        for (uint32_t c = 0; c < tiles; c += LMK_TILE_COLUMNS) {
            for (uint64_t w = block; w < end; w += LMK_TILE_WORDS) {
                lmk_store_tile((const uint8_t *)words + c * stride + w * sizeof(uint32_t), stride,
                               out + w * LMK_PANEL_WORD_BYTES + c * sizeof(uint32_t));
            }
        }
    }
    // What no tile covers: the last words of all columns, and all words of the last columns.
    for (uint64_t w = 0; w < count; ++w) {
        for (uint32_t c = w < whole ? tiles : 0; c < slice->columns; ++c) {
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
