// From a checkpoint's grouped integers, w = q * scale + offset, to floats and to the packed formats' groups.
// The loops are plain C with constant trip counts, which vectorise well; `generic/groups.c` and `avx2/groups.c`
// compile them for their instruction set. No sum crosses elements and no product is fused, so that all give
// the same bits.
#ifndef LMK_GROUPS_H
#define LMK_GROUPS_H

#include "common/convert.h"

/// Values of a packed group.
enum { LMK_GROUPS_LENGTH = 32 };

#define LMK_GROUPS_INLINE static inline __attribute__((always_inline, unused))

LMK_GROUPS_INLINE bool lmk_groups_are_finite(float a, float b) {
    const uint32_t exponent = 0x7f800000u;
    return (lmk_float_bits(a) & exponent) != exponent && (lmk_float_bits(b) & exponent) != exponent;
}

LMK_GROUPS_INLINE void lmk_groups_floats(const int8_t *restrict q, uint32_t n, float scale, float offset,
                                         float *restrict out) {
    for (uint32_t i = 0; i < n; ++i) out[i] = (float)q[i] * scale + offset;
}

LMK_GROUPS_INLINE void lmk_groups_to_floats_body(const lmk_grouped_row *row, float *out) {
    for (uint64_t g = 0; g < row->count / row->group; ++g) {
        const int8_t *q = row->quants + g * row->group;
        float *values = out + g * row->group;
        if (row->group == 16) {
            lmk_groups_floats(q, 16, row->scales[g], row->offsets[g], values);
        } else {
            lmk_groups_floats(q, 32, row->scales[g], row->offsets[g], values);
        }
    }
}

/// Numbers of table entries become the entries.
LMK_GROUPS_INLINE void lmk_groups_look_up_body(const int8_t *table, int8_t *quants, uint64_t count) {
    for (uint64_t i = 0; i < count; ++i) quants[i] = table[quants[i] & 15];
}

// MARK: W4

LMK_GROUPS_INLINE lmk_fit lmk_groups_to_w4_body(const lmk_grouped_row *row, int8_t center, uint8_t *quants,
                                                uint16_t *scales, uint16_t *offsets) {
    for (uint64_t g = 0; g < row->count / LMK_GROUPS_LENGTH; ++g) {
        const float scale = row->scales[g], offset = row->offsets[g] - (float)center * scale;
        if (!lmk_groups_are_finite(scale, offset)) return LMK_FIT_NOT_FINITE;
        scales[g] = lmk_narrow_to_half(scale);
        offsets[g] = lmk_narrow_to_half(offset);
        if ((scales[g] & 0x7c00) == 0x7c00 || (offsets[g] & 0x7c00) == 0x7c00) return LMK_FIT_OUT_OF_RANGE;
        const int8_t *restrict q = row->quants + g * LMK_GROUPS_LENGTH;
        uint8_t *restrict out = quants + g * LMK_GROUPS_LENGTH;
        for (uint32_t i = 0; i < LMK_GROUPS_LENGTH; ++i) out[i] = (uint8_t)(q[i] + center);
    }
    return LMK_FIT_OK;
}

// MARK: W8

enum {
    // Packed groups that are handled together, so that what is done once for a group vectorises too.
    LMK_GROUPS_CHUNK = 16,
    LMK_GROUPS_PARTS = 2 * LMK_GROUPS_CHUNK,
};

LMK_GROUPS_INLINE void lmk_groups_extremes(const int8_t *restrict q, uint32_t n, int8_t *low, int8_t *high) {
    int8_t least = q[0], largest = q[0];
    for (uint32_t i = 0; i < n; ++i) {
        least = q[i] < least ? q[i] : least;
        largest = q[i] > largest ? q[i] : largest;
    }
    *low = least;
    *high = largest;
}

/// In 1.5 * 2^23 the last place is worth one: the addition rounds to nearest, ties to even, and leaves the
/// integer in the low bits.
LMK_GROUPS_INLINE void lmk_groups_round(const int8_t *restrict q, uint32_t n, float scale, float offset,
                                        float inverse, int8_t *restrict out) {
    for (uint32_t i = 0; i < n; ++i) {
        const float value = (float)q[i] * scale + offset;
        out[i] = (int8_t)(uint8_t)lmk_float_bits(value * inverse + 0x1.8p23f);
    }
}

/// How many groups can be taken over: an fp16 scale and no offset.
LMK_GROUPS_INLINE uint32_t lmk_groups_exact_count(const float *restrict scales, const float *restrict offsets,
                                                  uint32_t groups) {
    uint32_t count = 0;
    for (uint32_t g = 0; g < groups; ++g) {
        const uint16_t half = lmk_narrow_to_half(scales[g]);
        const uint32_t differences = (lmk_float_bits(lmk_widen_half(half)) ^ lmk_float_bits(scales[g])) |
                                     (lmk_float_bits(offsets[g]) ^ 0x80000000u);
        count += differences == 0 && (half & 0x7c00) != 0x7c00 ? 1 : 0;
    }
    return count;
}

/// The largest magnitude of each part's values. Rounding is monotonic: it is that of an extreme integer.
/// Returns whether all are finite.
LMK_GROUPS_INLINE bool lmk_groups_magnitudes(const int8_t *q, uint32_t n, uint32_t parts,
                                             const float *restrict scales, const float *restrict offsets,
                                             float *restrict magnitudes) {
    int8_t low[LMK_GROUPS_PARTS], high[LMK_GROUPS_PARTS];
    for (uint32_t p = 0; p < parts; ++p) lmk_groups_extremes(q + p * n, n, low + p, high + p);
    uint32_t damaged = 0;
    for (uint32_t p = 0; p < parts; ++p) {
        const float one = (float)low[p] * scales[p] + offsets[p];
        const float other = (float)high[p] * scales[p] + offsets[p];
        const uint32_t a = lmk_float_bits(one) & 0x7fffffff, b = lmk_float_bits(other) & 0x7fffffff;
        // Magnitudes order like their bits.
        const uint32_t largest = a > b ? a : b;
        damaged |= largest >= 0x7f800000u;
        magnitudes[p] = lmk_float_from_bits(largest);
    }
    return damaged == 0;
}

/// The fp16 numbers of which +-127 multiples reach the groups' magnitudes. Returns whether all are finite.
LMK_GROUPS_INLINE bool lmk_groups_steps(const float *restrict largest, uint32_t groups,
                                        float *restrict steps, float *restrict inverses) {
    uint32_t overflown = 0;
    for (uint32_t g = 0; g < groups; ++g) {
        uint16_t half = lmk_narrow_to_half(largest[g] / 127);
        // 127.4 steps still round to 127. Only steps below 2^-14 can be too short.
        half += lmk_widen_half(half) * 127.4f < largest[g] ? 1 : 0;
        overflown |= (half & 0x7c00) == 0x7c00;
        steps[g] = lmk_widen_half(half);
        inverses[g] = half == 0 ? 0 : 1 / steps[g];
    }
    return overflown == 0;
}

/// Rounds `groups` packed groups, each of `parts` groups of `n` values.
LMK_GROUPS_INLINE lmk_fit lmk_groups_requantize(const int8_t *q, uint32_t n, uint32_t groups,
                                                const float *scales, const float *offsets, int8_t *out,
                                                float *steps) {
    const uint32_t parts = LMK_GROUPS_LENGTH / n;
    float magnitudes[LMK_GROUPS_PARTS], largest[LMK_GROUPS_CHUNK], inverses[LMK_GROUPS_CHUNK];
    if (!lmk_groups_magnitudes(q, n, groups * parts, scales, offsets, magnitudes)) return LMK_FIT_NOT_FINITE;
    for (uint32_t g = 0; g < groups; ++g) {
        const float first = magnitudes[g * parts], last = magnitudes[g * parts + parts - 1];
        largest[g] = first > last ? first : last;
    }
    if (!lmk_groups_steps(largest, groups, steps, inverses)) return LMK_FIT_OUT_OF_RANGE;
    for (uint32_t p = 0; p < groups * parts; ++p) {
        lmk_groups_round(q + p * n, n, scales[p], offsets[p], inverses[p / parts], out + p * n);
    }
    return LMK_FIT_OK;
}

/// Groups of 32 of which some can be taken over, one by one.
LMK_GROUPS_INLINE lmk_fit lmk_groups_mixed(const int8_t *q, uint32_t groups, const float *scales,
                                           const float *offsets, int8_t *out, float *steps) {
    for (uint32_t g = 0; g < groups; ++g) {
        const int8_t *source = q + g * LMK_GROUPS_LENGTH;
        int8_t *target = out + g * LMK_GROUPS_LENGTH;
        if (lmk_groups_exact_count(scales + g, offsets + g, 1) == 1) {
            memcpy(target, source, LMK_GROUPS_LENGTH);
            steps[g] = scales[g];
            continue;
        }
        const lmk_fit fit = lmk_groups_requantize(source, LMK_GROUPS_LENGTH, 1, scales + g, offsets + g,
                                                  target, steps + g);
        if (fit != LMK_FIT_OK) return fit;
    }
    return LMK_FIT_OK;
}

LMK_GROUPS_INLINE lmk_fit lmk_groups_to_w8_body(const lmk_grouped_row *row, int8_t *quants, float *steps) {
    const uint64_t groups = row->count / LMK_GROUPS_LENGTH;
    for (uint64_t g = 0; g < groups; g += LMK_GROUPS_CHUNK) {
        const uint32_t count = groups - g < LMK_GROUPS_CHUNK ? (uint32_t)(groups - g) : LMK_GROUPS_CHUNK;
        const uint64_t part = g * LMK_GROUPS_LENGTH / row->group;
        const float *scales = row->scales + part, *offsets = row->offsets + part;
        const int8_t *q = row->quants + g * LMK_GROUPS_LENGTH;
        int8_t *out = quants + g * LMK_GROUPS_LENGTH;
        lmk_fit fit = LMK_FIT_OK;
        if (row->group != LMK_GROUPS_LENGTH) {
            fit = lmk_groups_requantize(q, LMK_GROUPS_LENGTH / 2, count, scales, offsets, out, steps + g);
        } else {
            const uint32_t exact = lmk_groups_exact_count(scales, offsets, count);
            if (exact == count) {
                memcpy(out, q, count * LMK_GROUPS_LENGTH);
                memcpy(steps + g, scales, count * sizeof(float));
            } else if (exact == 0) {
                fit = lmk_groups_requantize(q, LMK_GROUPS_LENGTH, count, scales, offsets, out, steps + g);
            } else {
                fit = lmk_groups_mixed(q, count, scales, offsets, out, steps + g);
            }
        }
        if (fit != LMK_FIT_OK) return fit;
    }
    return LMK_FIT_OK;
}

// MARK: Instruction sets

#define LMK_GROUPS_DECLARE(isa)                                                                        \
    void lmk_##isa##_groups_to_floats(const lmk_grouped_row *row, float *out);                         \
    lmk_fit lmk_##isa##_groups_to_w4(const lmk_grouped_row *row, int8_t center, uint8_t *quants,       \
                                     uint16_t *scales, uint16_t *offsets);                             \
    lmk_fit lmk_##isa##_groups_to_w8(const lmk_grouped_row *row, int8_t *quants, float *scales);       \
    void lmk_##isa##_groups_look_up(const int8_t table[16], int8_t *quants, uint64_t count);

#define LMK_GROUPS_DEFINE(isa)                                                                         \
    void lmk_##isa##_groups_to_floats(const lmk_grouped_row *row, float *out) {                        \
        lmk_groups_to_floats_body(row, out);                                                           \
    }                                                                                                  \
    lmk_fit lmk_##isa##_groups_to_w4(const lmk_grouped_row *row, int8_t center, uint8_t *quants,       \
                                     uint16_t *scales, uint16_t *offsets) {                            \
        return lmk_groups_to_w4_body(row, center, quants, scales, offsets);                            \
    }                                                                                                  \
    lmk_fit lmk_##isa##_groups_to_w8(const lmk_grouped_row *row, int8_t *quants, float *scales) {      \
        return lmk_groups_to_w8_body(row, quants, scales);                                             \
    }

LMK_GROUPS_DECLARE(generic)
#if defined(__x86_64__)
LMK_GROUPS_DECLARE(avx2)
#endif

#endif
