#include "common/convert.h"
#include "common/linear_encode.h"
#include "common/pack.h"

#include <math.h>

enum {
    W4_LEVELS = 15,
    W8_LEVELS = LMK_INT8_LARGEST,
};

/// Largest finite fp16: a scale or offset beyond it saturates.
static const float half_largest = 65504;

static float clamp(float value, float low, float high) {
    return value < low ? low : value > high ? high : value;
}

/// `value` as the fp16 that is stored, and as what that fp16 is worth.
static float through_half(float value, uint16_t *half) {
    *half = lmk_narrow_to_half(clamp(value, -half_largest, half_largest));
    return lmk_widen_half(*half);
}

static bool all_finite(const float *x, uint64_t n) {
    return lmk_largest_magnitude(x, n) < LMK_INFINITY_BITS;
}

// MARK: W4

/// The extremes of n finite values, n a multiple of LANES.
static void find_range(const float *x, uint64_t n, float *low, float *high) {
    // A single running minimum may not be vectorised: comparisons would be reordered.
    enum { LANES = 8 };
    float lows[LANES], highs[LANES];
    memcpy(lows, x, sizeof lows);
    memcpy(highs, x, sizeof highs);
    for (uint64_t i = LANES; i < n; i += LANES) {
        for (uint32_t lane = 0; lane < LANES; ++lane) {
            lows[lane] = x[i + lane] < lows[lane] ? x[i + lane] : lows[lane];
            highs[lane] = x[i + lane] > highs[lane] ? x[i + lane] : highs[lane];
        }
    }
    *low = lows[0];
    *high = highs[0];
    for (uint32_t lane = 1; lane < LANES; ++lane) {
        *low = lows[lane] < *low ? lows[lane] : *low;
        *high = highs[lane] > *high ? highs[lane] : *high;
    }
}

/// One row's group. A group with a non-finite weight becomes NaN: zero values with a NaN scale.
static void quantize_w4_group(const float *x, uint64_t n, uint8_t *q, uint16_t *scale_half,
                              uint16_t *offset_half) {
    if (!all_finite(x, n)) {
        memset(q, 0, n);
        *scale_half = lmk_narrow_to_half(NAN);
        *offset_half = 0;
        return;
    }
    float low, high;
    find_range(x, n, &low, &high);
    const float offset = through_half(low, offset_half);
    const float scale = through_half(high / W4_LEVELS - low / W4_LEVELS, scale_half);
    for (uint64_t i = 0; i < n; ++i) {
        const float level = scale > 0 ? (x[i] - offset) / scale : 0;
        q[i] = (uint8_t)lmk_round_to_even(clamp(level, 0, W4_LEVELS));
    }
}

static void quantize_w4(const lmk_matrix *m, uint8_t *data, uint64_t row0, uint64_t rows,
                        const float *src) {
    const uint64_t groups = lmk_group_count(m);
    lmk_word_block words;
    for (uint64_t done = 0; done < rows;) {
        const lmk_panel_slice slice = lmk_panel_slice_at(m, data, row0 + done, rows - done);
        for (uint64_t g = 0; g < groups; ++g) {
            const uint64_t length = lmk_group_length_at(m, g);
            uint8_t *group = slice.panel + lmk_group_offset(m, g);
            uint16_t *scales = (uint16_t *)group + slice.first_column, *offsets = scales + LMK_PANEL;
            for (uint32_t c = 0; c < slice.columns; ++c) {
                uint8_t q[LMK_GROUP_MAXIMUM];
                quantize_w4_group(src + (done + c) * m->k + g * m->group, length, q, scales + c, offsets + c);
                lmk_words_from_nibbles(words[c], q, length);
            }
            lmk_store_words(&slice, group + 2 * LMK_PANEL_HALF_BYTES, words, length / LMK_OCTET);
        }
        done += slice.columns;
    }
}

// MARK: W8

static void quantize_values_w8(const float *x, uint64_t n, float scale, int8_t *q) {
    for (uint64_t i = 0; i < n; ++i) {
        const float level = scale > 0 ? x[i] / scale : 0;
        q[i] = (int8_t)lmk_round_to_even(clamp(level, -W8_LEVELS, W8_LEVELS));
    }
}

/// Stores the scale of one column's group and returns what was stored.
static float store_scale_w8(const lmk_matrix *m, uint8_t *group, uint32_t column, const float *x,
                            uint64_t n) {
    const float scale = lmk_int8_step_for(lmk_largest_magnitude(x, n)).scale;
    if (m->group == 0) return ((float *)group)[column] = scale;
    if (isnan(scale)) {
        ((uint16_t *)group)[column] = lmk_narrow_to_half(scale);
        return scale;
    }
    return through_half(scale, (uint16_t *)group + column);
}

static void quantize_w8(const lmk_matrix *m, uint8_t *data, uint64_t row0, uint64_t rows,
                        const float *src) {
    enum { BLOCK = LMK_PACK_WORDS * LMK_QUAD };
    const uint64_t groups = lmk_group_count(m);
    lmk_word_block words;
    for (uint64_t done = 0; done < rows;) {
        const lmk_panel_slice slice = lmk_panel_slice_at(m, data, row0 + done, rows - done);
        for (uint64_t g = 0; g < groups; ++g) {
            const uint64_t length = lmk_group_length_at(m, g);
            const float *x = src + done * m->k + g * m->group;
            uint8_t *group = slice.panel + lmk_group_offset(m, g);
            uint8_t *values = group + lmk_group_header_bytes(m->format, m->group);
            float scales[LMK_PANEL];
            for (uint32_t c = 0; c < slice.columns; ++c) {
                scales[c] = store_scale_w8(m, group, slice.first_column + c, x + c * m->k, length);
            }
            for (uint64_t k = 0; k < length; k += BLOCK) {
                const uint64_t count = length - k < BLOCK ? length - k : BLOCK;
                for (uint32_t c = 0; c < slice.columns; ++c) {
                    int8_t q[BLOCK];
                    quantize_values_w8(x + c * m->k + k, count, scales[c], q);
                    lmk_words_from_int8(words[c], q, count);
                }
                lmk_store_words(&slice, values + k / LMK_QUAD * LMK_PANEL_WORD_BYTES, words,
                                lmk_ceil_divide(count, LMK_QUAD));
            }
        }
        done += slice.columns;
    }
}

void lmk_pack_quantize(const lmk_matrix *m, uint8_t *data, uint64_t row0, uint64_t rows, const float *src) {
    if (m->format == LMK_W4) {
        quantize_w4(m, data, row0, rows, src);
    } else {
        quantize_w8(m, data, row0, rows, src);
    }
}
