#include "common/pack.h"

#include "common/convert.h"

// MARK: Floating point

static void pack_fp32(const lmk_matrix *m, const lmk_panel_slice *slice, const float *src) {
    lmk_word_block words;
    for (uint64_t k = 0; k < m->k; k += LMK_PACK_WORDS) {
        const uint64_t count = m->k - k < LMK_PACK_WORDS ? m->k - k : LMK_PACK_WORDS;
        for (uint32_t c = 0; c < slice->columns; ++c) {
            memcpy(words[c], src + c * m->k + k, count * sizeof(float));
        }
        lmk_store_words(slice, slice->panel + k * LMK_PANEL_WORD_BYTES, words, count);
    }
}

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
        if (m->format == LMK_FP32) pack_fp32(m, &slice, src + done * m->k);
        if (m->format == LMK_FP16) pack_fp16(m, &slice, src + done * m->k);
        if (m->format == LMK_BF16) pack_bf16(m, &slice, src + done * m->k);
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

/// Values of group `g`, in blocks: a per-channel group is as long as the row.
static void pack_w8_values(const lmk_matrix *m, const lmk_panel_slice *slice, uint64_t g, const int8_t *q) {
    enum { BLOCK = LMK_PACK_WORDS * LMK_QUAD };
    lmk_word_block words;
    const uint64_t length = lmk_group_length_at(m, g);
    uint8_t *out = slice->panel + lmk_group_offset(m, g) + lmk_group_header_bytes(m->format, m->group);
    for (uint64_t k = 0; k < length; k += BLOCK) {
        const uint64_t count = length - k < BLOCK ? length - k : BLOCK;
        for (uint32_t c = 0; c < slice->columns; ++c) {
            lmk_words_from_int8(words[c], q + c * m->k + g * m->group + k, count);
        }
        lmk_store_words(slice, out + k / LMK_QUAD * LMK_PANEL_WORD_BYTES, words,
                        lmk_ceil_divide(count, LMK_QUAD));
    }
}

void lmk_pack_w8(const lmk_matrix *m, uint8_t *data, uint64_t row0, uint64_t rows, const int8_t *q,
                 const float *scale) {
    const uint64_t groups = lmk_group_count(m);
    for (uint64_t done = 0; done < rows;) {
        const lmk_panel_slice slice = lmk_panel_slice_at(m, data, row0 + done, rows - done);
        for (uint64_t g = 0; g < groups; ++g) {
            uint8_t *group = slice.panel + lmk_group_offset(m, g);
            for (uint32_t c = 0; c < slice.columns; ++c) {
                const float value = scale[(done + c) * groups + g];
                if (m->group == 0) {
                    ((float *)group)[slice.first_column + c] = value;
                } else {
                    ((uint16_t *)group)[slice.first_column + c] = lmk_narrow_to_half(value);
                }
            }
            pack_w8_values(m, &slice, g, q + done * m->k);
        }
        done += slice.columns;
    }
}
