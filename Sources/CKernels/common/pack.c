#include "common/pack.h"

#include "common/convert.h"

// MARK: Floating point

static void pack_bf16(const lmk_matrix *m, const lmk_panel_slice *slice, const float *src) {
    enum { BLOCK = 2 * LMK_PACK_WORDS };
    lmk_word_block words;
    for (uint64_t k = 0; k < m->k; k += BLOCK) {
        const uint64_t length = m->k - k < BLOCK ? m->k - k : BLOCK;
        for (uint32_t c = 0; c < slice->columns; ++c) {
            uint16_t values[BLOCK];
            for (uint64_t i = 0; i < length; ++i) values[i] = lmk_narrow_to_bfloat16(src[c * m->k + k + i]);
            if (length % 2 != 0) values[length] = 0;
            memcpy(words[c], values, (length + 1) / 2 * sizeof(uint32_t));
        }
        lmk_store_words(slice, slice->panel + k * LMK_PANEL_HALF_BYTES, words, (length + 1) / 2);
    }
}

/// The one format whose panel rows are halves.
static void pack_fp16(const lmk_matrix *m, const lmk_panel_slice *slice, const float *src) {
    enum { BLOCK = 2 * LMK_PACK_WORDS };
    uint16_t halves[LMK_PANEL][BLOCK];
    for (uint64_t k = 0; k < m->k; k += BLOCK) {
        const uint64_t length = m->k - k < BLOCK ? m->k - k : BLOCK;
        for (uint32_t c = 0; c < slice->columns; ++c) {
            for (uint64_t i = 0; i < length; ++i) halves[c][i] = lmk_narrow_to_half(src[c * m->k + k + i]);
        }
        uint16_t *out = (uint16_t *)slice->panel + k * LMK_PANEL + slice->first_column;
        for (uint64_t i = 0; i < length; ++i, out += LMK_PANEL) {
            for (uint32_t c = 0; c < slice->columns; ++c) out[c] = halves[c][i];
        }
    }
}

void lmk_pack_float(const lmk_matrix *m, uint8_t *data, uint64_t row0, uint64_t rows, const float *src) {
    for (uint64_t done = 0; done < rows;) {
        const lmk_panel_slice slice = lmk_panel_slice_at(m, data, row0 + done, rows - done);
        if (m->format == LMK_FP32) {
            lmk_store_columns(&slice, slice.panel, src + done * m->k, m->k * sizeof(float), m->k);
        }
        if (m->format == LMK_FP16) pack_fp16(m, &slice, src + done * m->k);
        if (m->format == LMK_BF16) pack_bf16(m, &slice, src + done * m->k);
        done += slice.columns;
    }
}

/// Two values are a word already, but for the last of an odd number.
static void pack_bf16_bits(const lmk_matrix *m, const lmk_panel_slice *slice, const uint16_t *src) {
    lmk_store_columns(slice, slice->panel, src, m->k * sizeof(uint16_t), m->k / 2);
    if (m->k % 2 == 0) return;
    uint32_t last[LMK_PANEL];
    for (uint32_t c = 0; c < slice->columns; ++c) last[c] = src[c * m->k + m->k - 1];
    lmk_store_columns(slice, slice->panel + m->k / 2 * LMK_PANEL_WORD_BYTES, last, sizeof last[0], 1);
}

typedef uint16_t lmk_halves __attribute__((vector_size(16), aligned(2), may_alias));
enum { LMK_HALVES = sizeof(lmk_halves) / sizeof(uint16_t) };

/// Transposes a square of 8 x 8 halves: three rounds that interleave the rows of the upper and lower half.
static inline void transpose_halves(const uint16_t *src, size_t src_stride, uint16_t *dst, size_t dst_stride) {
    lmk_halves rows[LMK_HALVES], next[LMK_HALVES];
    for (uint32_t i = 0; i < LMK_HALVES; ++i) memcpy(rows + i, src + i * src_stride, sizeof rows[i]);
    for (uint32_t round = 0; round < 3; ++round) {
        for (uint32_t i = 0; i < LMK_HALVES / 2; ++i) {
            const lmk_halves a = rows[i], b = rows[i + LMK_HALVES / 2];
            next[2 * i] = __builtin_shufflevector(a, b, 0, 8, 1, 9, 2, 10, 3, 11);
            next[2 * i + 1] = __builtin_shufflevector(a, b, 4, 12, 5, 13, 6, 14, 7, 15);
        }
        memcpy(rows, next, sizeof rows);
    }
    for (uint32_t i = 0; i < LMK_HALVES; ++i) memcpy(dst + i * dst_stride, rows + i, sizeof rows[i]);
}

static void pack_fp16_bits(const lmk_matrix *m, const lmk_panel_slice *slice, const uint16_t *src) {
    // A cache line of eight columns at a time: all columns' lines may compete for one place in the cache.
    enum { LINE = 64 / sizeof(uint16_t) };
    uint16_t *panel = (uint16_t *)slice->panel + slice->first_column;
    const uint64_t square_rows = m->k / LMK_HALVES * LMK_HALVES;
    const uint32_t square_columns = slice->columns / LMK_HALVES * LMK_HALVES;
    for (uint64_t line = 0; line < square_rows; line += LINE) {
        const uint64_t end = square_rows - line < LINE ? square_rows : line + LINE;
        for (uint32_t c = 0; c < square_columns; c += LMK_HALVES) {
            for (uint64_t k = line; k < end; k += LMK_HALVES) {
                transpose_halves(src + c * m->k + k, m->k, panel + k * LMK_PANEL + c, LMK_PANEL);
            }
        }
    }
    // What no square covers: the last inputs of all columns, and all inputs of the last columns.
    for (uint64_t k = 0; k < m->k; ++k) {
        for (uint32_t c = k < square_rows ? square_columns : 0; c < slice->columns; ++c) {
            panel[k * LMK_PANEL + c] = src[c * m->k + k];
        }
    }
}

void lmk_pack_bits16(const lmk_matrix *m, uint8_t *data, uint64_t row0, uint64_t rows, const uint16_t *src) {
    for (uint64_t done = 0; done < rows;) {
        const lmk_panel_slice slice = lmk_panel_slice_at(m, data, row0 + done, rows - done);
        if (m->format == LMK_FP16) pack_fp16_bits(m, &slice, src + done * m->k);
        if (m->format == LMK_BF16) pack_bf16_bits(m, &slice, src + done * m->k);
        done += slice.columns;
    }
}

// MARK: Integers

void lmk_pack_w4(const lmk_matrix *m, uint8_t *data, uint64_t row0, uint64_t rows, const uint8_t *q,
                 const uint16_t *scale, const uint16_t *offset) {
    const uint64_t groups = lmk_group_count(m);
    lmk_word_block words;
    for (uint64_t done = 0; done < rows;) {
        const lmk_panel_slice slice = lmk_panel_slice_at(m, data, row0 + done, rows - done);
        for (uint64_t g = 0; g < groups; ++g) {
            const uint64_t length = lmk_group_length_at(m, g);
            uint8_t *group = slice.panel + lmk_group_offset(m, g);
            uint16_t *scales = (uint16_t *)group + slice.first_column, *offsets = scales + LMK_PANEL;
            for (uint32_t c = 0; c < slice.columns; ++c) {
                scales[c] = scale[(done + c) * groups + g];
                offsets[c] = offset[(done + c) * groups + g];
                lmk_words_from_nibbles(words[c], q + (done + c) * m->k + g * m->group, length);
            }
            lmk_store_words(&slice, group + 2 * LMK_PANEL_HALF_BYTES, words, length / LMK_OCTET);
        }
        done += slice.columns;
    }
}

/// The nibbles of an octet in the order of a panel's word: byte i has value i low and value i + 4 high.
static uint32_t panel_word(uint32_t octet) {
    uint64_t values = (uint64_t)(octet >> 16) << 32 | (octet & 0xffff);
    values = (values | values << 8) & 0x00ff00ff00ff00ffull;
    values = (values | values << 4) & 0x0f0f0f0f0f0f0f0full;
    return (uint32_t)(values | values >> 28);
}

void lmk_pack_w4_octets(const lmk_matrix *m, uint8_t *data, uint64_t row0, uint32_t rows, uint64_t k0,
                        uint64_t columns, const uint32_t *octets, const uint16_t *scale,
                        const uint16_t *offset) {
    const lmk_panel_slice slice = lmk_panel_slice_at(m, data, row0, rows);
    for (uint64_t k = k0; k < k0 + columns; k += m->group, scale += rows, offset += rows) {
        uint8_t *group = slice.panel + lmk_group_offset(m, k / m->group);
        memcpy((uint16_t *)group + slice.first_column, scale, rows * sizeof scale[0]);
        memcpy((uint16_t *)group + LMK_PANEL + slice.first_column, offset, rows * sizeof offset[0]);
        uint32_t *words = (uint32_t *)(group + 2 * LMK_PANEL_HALF_BYTES) + slice.first_column;
        const uint64_t count = lmk_group_length_at(m, k / m->group) / LMK_OCTET;
        for (uint64_t i = 0; i < count; ++i, octets += rows, words += LMK_PANEL) {
            for (uint32_t c = 0; c < rows; ++c) words[c] = panel_word(octets[c]);
        }
    }
}

/// Values of group `g`. Four of them are a word already; only a row's end may need bytes of zero.
static void pack_w8_values(const lmk_matrix *m, const lmk_panel_slice *slice, uint64_t g, const int8_t *q) {
    const uint64_t length = lmk_group_length_at(m, g), words = length / LMK_QUAD, rest = length % LMK_QUAD;
    uint8_t *out = slice->panel + lmk_group_offset(m, g) + lmk_group_header_bytes(m->format, m->group);
    const int8_t *source = q + g * m->group;
    lmk_store_columns(slice, out, source, m->k, words);
    if (rest == 0) return;
    uint32_t last[LMK_PANEL] = {0};
    for (uint32_t c = 0; c < slice->columns; ++c) {
        memcpy(last + c, source + c * m->k + words * LMK_QUAD, rest);
    }
    lmk_store_columns(slice, out + words * LMK_PANEL_WORD_BYTES, last, sizeof last[0], 1);
}

/// Scales of group `g`: with groups fp16, else one float for each column.
static void pack_w8_scales(const lmk_matrix *m, const lmk_panel_slice *slice, uint64_t g,
                           const float *scale) {
    const uint64_t groups = lmk_group_count(m);
    float values[LMK_PANEL];
    for (uint32_t c = 0; c < slice->columns; ++c) values[c] = scale[c * groups + g];
    uint8_t *group = slice->panel + lmk_group_offset(m, g);
    if (m->group == 0) {
        memcpy((float *)group + slice->first_column, values, slice->columns * sizeof(float));
        return;
    }
    uint16_t *halves = (uint16_t *)group + slice->first_column;
    for (uint32_t c = 0; c < slice->columns; ++c) halves[c] = lmk_narrow_to_half(values[c]);
}

void lmk_pack_w8(const lmk_matrix *m, uint8_t *data, uint64_t row0, uint64_t rows, const int8_t *q,
                 const float *scale) {
    const uint64_t groups = lmk_group_count(m);
    for (uint64_t done = 0; done < rows;) {
        const lmk_panel_slice slice = lmk_panel_slice_at(m, data, row0 + done, rows - done);
        for (uint64_t g = 0; g < groups; ++g) {
            pack_w8_scales(m, &slice, g, scale + done * groups);
            pack_w8_values(m, &slice, g, q + done * m->k);
        }
        done += slice.columns;
    }
}
