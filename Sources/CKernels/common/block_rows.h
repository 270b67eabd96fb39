// Rows of blocks on their way to floats or into panels, a chunk of values at a time: a chunk of all rows of a
// panel stays in L1 from the blocks to the panel.
#ifndef LMK_BLOCK_ROWS_H
#define LMK_BLOCK_ROWS_H

#include "common/blocks.h"
#include "common/pack.h"

enum {
    // A cache line more than a chunk: the rows of a tile would compete for few places in L1.
    LMK_BLOCK_TILE_STRIDE = LMK_BLOCKS_CHUNK + 64,
};

/// A chunk of a panel's rows as words of the panel, one row after the other.
typedef struct lmk_block_tile {
    _Alignas(64) uint32_t words[LMK_PANEL][LMK_BLOCK_TILE_STRIDE / sizeof(uint32_t)];
    uint16_t scales[LMK_PANEL][LMK_GROUPS_CHUNK];
    uint16_t offsets[LMK_PANEL][LMK_GROUPS_CHUNK];
} lmk_block_tile;

/// The conversions of an instruction set.
typedef struct lmk_block_conversions {
    void (*to_floats)(const lmk_grouped_row *row, float *out);
    lmk_fit (*to_w4)(const lmk_grouped_row *row, int8_t center, uint8_t *quants, uint16_t *scales,
                     uint16_t *offsets);
    lmk_fit (*to_w8)(const lmk_grouped_row *row, int8_t *quants, float *scales);
} lmk_block_conversions;

LMK_GROUPS_INLINE void lmk_blocks_to_floats_body(const lmk_block_conversions *conversions, lmk_block_type type,
                                                 const uint8_t *source, uint64_t count, float *out) {
    const lmk_block_shape shape = lmk_block_shape_of(type);
    int8_t quants[LMK_BLOCKS_CHUNK];
    float scales[LMK_BLOCKS_GROUPS], offsets[LMK_BLOCKS_GROUPS];
    for (uint64_t done = 0; done < count; done += LMK_BLOCKS_CHUNK) {
        const uint64_t left = count - done, length = left < LMK_BLOCKS_CHUNK ? left : LMK_BLOCKS_CHUNK;
        const uint32_t blocks = (uint32_t)(length / shape.values);
        lmk_blocks_decode_row(type, false, source + done / shape.values * shape.bytes, blocks, quants, scales,
                              offsets);
        const lmk_grouped_row row = {quants, scales, offsets, shape.group, length};
        conversions->to_floats(&row, out + done);
    }
}

/// Turns `length` values from `source` on into row `index` of the tile.
LMK_GROUPS_INLINE lmk_fit lmk_block_tile_fill(lmk_block_tile *tile, uint32_t index, lmk_format format,
                                              const lmk_block_conversions *conversions, lmk_block_type type,
                                              const uint8_t *source, uint64_t length) {
    const lmk_block_shape shape = lmk_block_shape_of(type);
    const uint32_t blocks = (uint32_t)(length / shape.values), bytes = blocks * shape.bytes;
    // Rows are too many and too short to be fetched ahead by the processor itself.
    for (uint32_t i = 0; i < bytes; i += 64) __builtin_prefetch(source + bytes + i);
    int8_t quants[LMK_BLOCKS_CHUNK];
    float scales[LMK_BLOCKS_GROUPS], offsets[LMK_BLOCKS_GROUPS];
    lmk_blocks_decode_row(type, format == LMK_W8, source, blocks, quants, scales, offsets);
    const lmk_grouped_row row = {quants, scales, offsets, shape.group, length};
    if (format == LMK_W4) {
        uint8_t values[LMK_BLOCKS_CHUNK];
        const int8_t center = type == LMK_BLOCK_Q4_0 ? 8 : 0;  // it has -8...7
        const lmk_fit fit = conversions->to_w4(&row, center, values, tile->scales[index], tile->offsets[index]);
        lmk_words_from_nibbles(tile->words[index], values, length);
        return fit;
    }
    float steps[LMK_GROUPS_CHUNK] = {0};
    const lmk_fit fit = conversions->to_w8(&row, (int8_t *)tile->words[index], steps);
    for (uint32_t g = 0; g < LMK_GROUPS_CHUNK; ++g) tile->scales[index][g] = lmk_groups_narrow(steps[g]);
    return fit;
}

/// Writes `groups` groups of the tile into the panel, from group `first` on.
LMK_GROUPS_INLINE void lmk_block_tile_store(const lmk_block_tile *tile, lmk_format format,
                                            const lmk_matrix *m, const lmk_panel_slice *slice, uint64_t first,
                                            uint32_t groups) {
    const size_t header = lmk_group_header_bytes(format, LMK_GROUPS_LENGTH), stride = lmk_group_stride(m);
    const uint32_t words = LMK_GROUPS_LENGTH / (format == LMK_W4 ? LMK_OCTET : LMK_QUAD);
    for (uint32_t g = 0; g < groups; ++g) {
        uint8_t *group = slice->panel + (first + g) * stride;
        uint16_t *scales = (uint16_t *)group + slice->first_column, *offsets = scales + LMK_PANEL;
        for (uint32_t c = 0; c < slice->columns; ++c) scales[c] = tile->scales[c][g];
        if (format == LMK_W4) {
            for (uint32_t c = 0; c < slice->columns; ++c) offsets[c] = tile->offsets[c][g];
        }
        const uint32_t *source = tile->words[0] + g * words;
        // Constant numbers of columns and words, for which the loops are unrolled.
        if (slice->columns == LMK_PANEL) {
            const lmk_panel_slice all = {.panel = slice->panel, .first_column = 0, .columns = LMK_PANEL};
            lmk_store_columns(&all, group + header, source, sizeof tile->words[0], words);
        } else {
            lmk_store_columns(slice, group + header, source, sizeof tile->words[0], words);
        }
    }
}

LMK_GROUPS_INLINE lmk_fit lmk_blocks_pack_slice(const lmk_block_conversions *conversions, const lmk_matrix *m,
                                                const lmk_panel_slice *slice, lmk_block_type type,
                                                const void *const *sources, uint32_t *failed_column) {
    const lmk_block_shape shape = lmk_block_shape_of(type);
    lmk_fit fits[LMK_PANEL] = {LMK_FIT_OK}, worst = LMK_FIT_OK;
    lmk_block_tile tile;
    for (uint64_t done = 0; done < m->k; done += LMK_BLOCKS_CHUNK) {
        const uint64_t left = m->k - done, length = left < LMK_BLOCKS_CHUNK ? left : LMK_BLOCKS_CHUNK;
        // The panel's next part is fetched meanwhile: writing it would wait for its lines.
        const size_t ahead = (size_t)(length / LMK_GROUPS_LENGTH) * lmk_group_stride(m) / slice->columns;
        const uint8_t *place = slice->panel + done / LMK_GROUPS_LENGTH * lmk_group_stride(m);
        for (uint32_t c = 0; c < slice->columns; ++c) {
            for (const uint8_t *end = place + ahead; place < end; place += 64) __builtin_prefetch(place, 1);
            const uint8_t *source = (const uint8_t *)sources[c] + done / shape.values * shape.bytes;
            const lmk_fit fit = lmk_block_tile_fill(&tile, c, m->format, conversions, type, source, length);
            if (fit == LMK_FIT_OK) continue;
            worst = fit;
            // A value that is not finite goes before one that does not fit.
            if (fits[c] != LMK_FIT_NOT_FINITE) fits[c] = fit;
        }
        if (worst != LMK_FIT_OK) continue;
        const uint64_t first = done / LMK_GROUPS_LENGTH;
        const uint32_t groups = (uint32_t)(length / LMK_GROUPS_LENGTH);
        if (m->format == LMK_W4) {
            lmk_block_tile_store(&tile, LMK_W4, m, slice, first, groups);
        } else {
            lmk_block_tile_store(&tile, LMK_W8, m, slice, first, groups);
        }
    }
    if (worst == LMK_FIT_OK) return LMK_FIT_OK;
    for (*failed_column = 0; fits[*failed_column] == LMK_FIT_OK;) ++*failed_column;
    return fits[*failed_column];
}

LMK_GROUPS_INLINE lmk_fit lmk_blocks_pack_body(const lmk_block_conversions *conversions, const lmk_matrix *m,
                                               uint8_t *data, uint64_t row0, uint64_t rows, lmk_block_type type,
                                               const void *const *sources, uint64_t *failed_row) {
    for (uint64_t done = 0; done < rows;) {
        const lmk_panel_slice slice = lmk_panel_slice_at(m, data, row0 + done, rows - done);
        uint32_t column;
        const lmk_fit fit = lmk_blocks_pack_slice(conversions, m, &slice, type, sources + done, &column);
        if (fit != LMK_FIT_OK) {
            *failed_row = done + column;
            return fit;
        }
        done += slice.columns;
    }
    return LMK_FIT_OK;
}

// MARK: Instruction sets

#define LMK_BLOCKS_DECLARE(isa)                                                                              \
    void lmk_##isa##_blocks_decode(lmk_block_type type, bool products, const void *source, uint32_t blocks,  \
                                   int8_t *quants, float *scales, float *offsets);                           \
    void lmk_##isa##_blocks_to_floats(lmk_block_type type, const void *source, uint64_t count, float *out);  \
    lmk_fit lmk_##isa##_blocks_pack(const lmk_matrix *m, uint8_t *data, uint64_t row0, uint64_t rows,        \
                                    lmk_block_type type, const void *const *sources, uint64_t *failed_row);

#define LMK_BLOCKS_DEFINE(isa)                                                                               \
    static const lmk_block_conversions conversions = {                                                       \
        lmk_##isa##_groups_to_floats, lmk_##isa##_groups_to_w4, lmk_##isa##_groups_to_w8};                   \
    void lmk_##isa##_blocks_decode(lmk_block_type type, bool products, const void *source, uint32_t blocks,  \
                                   int8_t *quants, float *scales, float *offsets) {                          \
        lmk_blocks_decode_row(type, products, source, blocks, quants, scales, offsets);                      \
    }                                                                                                        \
    void lmk_##isa##_blocks_to_floats(lmk_block_type type, const void *source, uint64_t count, float *out) { \
        lmk_blocks_to_floats_body(&conversions, type, source, count, out);                                   \
    }                                                                                                        \
    lmk_fit lmk_##isa##_blocks_pack(const lmk_matrix *m, uint8_t *data, uint64_t row0, uint64_t rows,        \
                                    lmk_block_type type, const void *const *sources, uint64_t *failed_row) { \
        return lmk_blocks_pack_body(&conversions, m, data, row0, rows, type, sources, failed_row);           \
    }

LMK_BLOCKS_DECLARE(generic)
#if defined(__x86_64__)
LMK_BLOCKS_DECLARE(avx2)
#endif
#if defined(__aarch64__)
LMK_BLOCKS_DECLARE(neon)
#endif

#endif
