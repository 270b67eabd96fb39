#include "common/convert.h"

/// One column of a panel: its word in panel row `row`.
static const uint8_t *word_at(const uint8_t *rows, uint64_t row, uint32_t column) {
    return rows + row * LMK_PANEL_WORD_BYTES + column * sizeof(uint32_t);
}

static void unpack_float(const lmk_matrix *m, const uint8_t *panel, uint32_t column, float *dst) {
    for (uint64_t k = 0; k < m->k; ++k) {
        const uint16_t *halves = (const uint16_t *)panel;
        switch (m->format) {
        case LMK_FP32: memcpy(dst + k, word_at(panel, k, column), sizeof(float)); break;
        case LMK_FP16: dst[k] = lmk_widen_half(halves[k * LMK_PANEL + column]); break;
        default: dst[k] = lmk_widen_bfloat16(halves[(k / 2 * LMK_PANEL + column) * 2 + k % 2]); break;
        }
    }
}

static void unpack_w8(const lmk_matrix *m, const uint8_t *group, uint32_t column, float *dst) {
    const uint64_t groups = lmk_group_count(m);
    for (uint64_t g = 0; g < groups; ++g) {
        const uint64_t length = lmk_group_length_at(m, g);
        const uint8_t *values = group + lmk_group_header_bytes(m->format, m->group);
        const float scale = m->group == 0 ? ((const float *)group)[column]
                                          : lmk_widen_half(((const uint16_t *)group)[column]);
        for (uint64_t k = 0; k < length; ++k) {
            dst[k] = (float)(int8_t)word_at(values, k / LMK_QUAD, column)[k % LMK_QUAD] * scale;
        }
        group = values + lmk_group_value_bytes(m->format, length);
        dst += length;
    }
}

static void unpack_w4(const lmk_matrix *m, const uint8_t *group, uint32_t column, float *dst) {
    const uint64_t groups = lmk_group_count(m);
    for (uint64_t g = 0; g < groups; ++g) {
        const uint64_t length = lmk_group_length_at(m, g);
        const uint8_t *values = group + 2 * LMK_PANEL_HALF_BYTES;
        const float scale = lmk_widen_half(((const uint16_t *)group)[column]);
        const float offset = lmk_widen_half(((const uint16_t *)group)[LMK_PANEL + column]);
        for (uint64_t k = 0; k < length; k += LMK_OCTET) {
            const uint32_t octet = lmk_load_u32(word_at(values, k / LMK_OCTET, column));
            for (uint32_t i = 0; i < LMK_QUAD; ++i) {
                dst[k + i] = (float)(int32_t)(octet >> 8 * i & 15) * scale + offset;
                dst[k + LMK_QUAD + i] = (float)(int32_t)(octet >> (8 * i + 4) & 15) * scale + offset;
            }
        }
        group = values + lmk_group_value_bytes(m->format, length);
        dst += length;
    }
}

void lmk_unpack_rows(const lmk_matrix *m, uint64_t row0, uint64_t rows, float *dst) {
    for (uint64_t row = row0; row < row0 + rows; ++row, dst += m->k) {
        const uint8_t *panel = lmk_panel_data(m, row / LMK_PANEL);
        const uint32_t column = (uint32_t)(row % LMK_PANEL);
        switch (m->format) {
        case LMK_FP32:
        case LMK_FP16:
        case LMK_BF16: unpack_float(m, panel, column, dst); break;
        case LMK_W8: unpack_w8(m, panel, column, dst); break;
        case LMK_W4: unpack_w4(m, panel, column, dst); break;
        }
    }
}
