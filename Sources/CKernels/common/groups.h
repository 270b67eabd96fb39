// From a checkpoint's grouped integers, w = q * scale + offset, to floats and to the packed formats' groups.
// The loops are plain C with constant trip counts, which vectorise well; `groups.c` of `generic`, `avx2` and
// `neon` compile them for their instruction set. No sum crosses elements and no product is fused, so that all
// give the same bits.
#ifndef LMK_GROUPS_H
#define LMK_GROUPS_H

#include "common/convert.h"
#include "include/lmk_testing.h"

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

// MARK: W4

LMK_GROUPS_INLINE lmk_fit lmk_groups_to_w4_body(const lmk_grouped_row *row, int8_t center,
                                                uint8_t *restrict quants, uint16_t *restrict scales,
                                                uint16_t *restrict offsets) {
    uint32_t damaged = 0, overflown = 0;
    for (uint64_t g = 0; g < row->count / LMK_GROUPS_LENGTH; ++g) {
        const float scale = row->scales[g], offset = row->offsets[g] - (float)center * scale;
        damaged |= lmk_groups_are_finite(scale, offset) ? 0 : 1;
        scales[g] = lmk_narrow_to_half(scale);
        offsets[g] = lmk_narrow_to_half(offset);
        overflown |= (scales[g] & 0x7c00) == 0x7c00 || (offsets[g] & 0x7c00) == 0x7c00 ? 1 : 0;
    }
    for (uint64_t i = 0; i < row->count; ++i) quants[i] = (uint8_t)(row->quants[i] + center);
    return damaged != 0 ? LMK_FIT_NOT_FINITE : overflown != 0 ? LMK_FIT_OUT_OF_RANGE : LMK_FIT_OK;
}

// MARK: W8

LMK_GROUPS_INLINE void lmk_groups_extremes_of_part(const int8_t *q, uint32_t n, int8_t *low, int8_t *high) {
    int8_t least = q[0], largest = q[0];
    for (uint32_t i = 0; i < n; ++i) {
        least = q[i] < least ? q[i] : least;
        largest = q[i] > largest ? q[i] : largest;
    }
    *low = least;
    *high = largest;
}

enum {
    // Packed groups that are handled together, so that what is done once for a group vectorises too.
    LMK_GROUPS_CHUNK = 16,
    LMK_GROUPS_PARTS = 2 * LMK_GROUPS_CHUNK,
    // Integers of two bits.
    LMK_GROUPS_LEVELS = 4,
};

/// In 1.5 * 2^23 the last place is worth one: the addition rounds to nearest, ties to even, and leaves the
/// integer in the low bits.
LMK_GROUPS_INLINE uint8_t lmk_groups_nearest(float value) {
    return (uint8_t)lmk_float_bits(value + 0x1.8p23f);
}

/// For each of a chunk's parts of 16 values what integers of two bits become, one byte for each, the first
/// the lowest.
LMK_GROUPS_INLINE void lmk_groups_levels(const float *restrict scales, const float *restrict offsets,
                                         const float *restrict inverses, uint32_t *restrict levels) {
    float factors[LMK_GROUPS_PARTS];
    for (uint32_t p = 0; p < LMK_GROUPS_PARTS; ++p) factors[p] = inverses[p / 2];
    for (uint32_t p = 0; p < LMK_GROUPS_PARTS; ++p) {
        uint32_t bytes = 0;
        for (uint32_t q = 0; q < LMK_GROUPS_LEVELS; ++q) {
            const float value = (float)q * scales[p] + offsets[p];
            bytes |= (uint32_t)lmk_groups_nearest(value * factors[p]) << 8 * q;
        }
        levels[p] = bytes;
    }
}

// An instruction set may have its own of these.
#if defined(LMK_GROUPS_LOOPS)
#include LMK_GROUPS_LOOPS
#else
LMK_GROUPS_INLINE uint16_t lmk_groups_narrow(float value) {
    return lmk_narrow_to_half(value);
}

LMK_GROUPS_INLINE float lmk_groups_widen(uint16_t half) {
    return lmk_widen_half(half);
}

/// The least and the largest of each part's n values.
LMK_GROUPS_INLINE void lmk_groups_extremes(const int8_t *restrict q, uint32_t n, uint32_t parts,
                                           int8_t *restrict low, int8_t *restrict high) {
    for (uint32_t p = 0; p < parts; ++p) lmk_groups_extremes_of_part(q + p * n, n, low + p, high + p);
}

/// The multiples of packed groups' steps that are nearest to the values of their `LMK_GROUPS_LENGTH / n`
/// parts, of which `low` and `high` are the extreme integers.
LMK_GROUPS_INLINE void lmk_groups_round(const int8_t *restrict q, uint32_t n, uint32_t groups,
                                        const float *restrict scales, const float *restrict offsets,
                                        const float *restrict inverses, const int8_t *restrict low,
                                        const int8_t *restrict high, int8_t *restrict out) {
    (void)low, (void)high;
    for (uint32_t g = 0; g < groups; ++g) {
        const uint32_t first = g * LMK_GROUPS_LENGTH;
        for (uint32_t i = first; i < first + LMK_GROUPS_LENGTH; ++i) {
            const float value = (float)q[i] * scales[i / n] + offsets[i / n];
            out[i] = (int8_t)lmk_groups_nearest(value * inverses[g]);
        }
    }
}
#endif

/// Which groups keep their integers: those of which all parts have one scale, and no offset. The scale
/// becomes fp16, which must be exact, or normal: then it is off by at most 2^-11 of itself.
LMK_GROUPS_INLINE void lmk_groups_find_kept(const float *restrict scales, const float *restrict offsets,
                                            uint32_t parts, uint32_t groups, uint32_t *restrict kept,
                                            float *restrict steps) {
    for (uint32_t g = 0; g < groups; ++g) {
        const uint32_t first = g * parts, last = first + parts - 1;
        const uint32_t scale = lmk_float_bits(scales[first]), none = lmk_float_bits(-0.0f);
        const uint16_t half = lmk_groups_narrow(scales[first]), exponent = half & 0x7c00;
        const uint32_t differences = (scale ^ lmk_float_bits(scales[last])) |
                                     (none ^ lmk_float_bits(offsets[first])) |
                                     (none ^ lmk_float_bits(offsets[last]));
        steps[g] = lmk_groups_widen(half);
        const uint32_t rounding = exponent != 0 ? 0 : scale ^ lmk_float_bits(steps[g]);
        kept[g] = (differences | rounding) == 0 && exponent != 0x7c00 ? 1 : 0;
    }
}

/// The largest magnitude of each part's values. Rounding is monotonic: it is that of an extreme integer.
/// Returns whether all are finite.
LMK_GROUPS_INLINE bool lmk_groups_magnitudes(const int8_t *restrict low, const int8_t *restrict high,
                                             uint32_t parts, const float *restrict scales,
                                             const float *restrict offsets, float *restrict magnitudes) {
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
        uint16_t half = lmk_groups_narrow(largest[g] / 127);
        // 127.4 steps still round to 127. Only steps below 2^-14 can be too short.
        half += lmk_groups_widen(half) * 127.4f < largest[g] ? 1 : 0;
        overflown |= (half & 0x7c00) == 0x7c00;
        steps[g] = lmk_groups_widen(half);
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
    int8_t low[LMK_GROUPS_PARTS], high[LMK_GROUPS_PARTS];
    lmk_groups_extremes(q, n, groups * parts, low, high);
    if (!lmk_groups_magnitudes(low, high, groups * parts, scales, offsets, magnitudes)) {
        return LMK_FIT_NOT_FINITE;
    }
    for (uint32_t g = 0; g < groups; ++g) {
        const float first = magnitudes[g * parts], last = magnitudes[g * parts + parts - 1];
        largest[g] = first > last ? first : last;
    }
    if (!lmk_groups_steps(largest, groups, steps, inverses)) return LMK_FIT_OUT_OF_RANGE;
    lmk_groups_round(q, n, groups, scales, offsets, inverses, low, high, out);
    return LMK_FIT_OK;
}

/// Converts packed groups in runs of those that keep their integers, for which the steps are `whole`, and
/// those that do not.
static lmk_fit lmk_groups_convert_runs(const int8_t *q, uint32_t n, uint32_t groups, const uint32_t *kept,
                                       const float *whole, const float *scales, const float *offsets,
                                       int8_t *out, float *steps) {
    const uint32_t parts = LMK_GROUPS_LENGTH / n;
    for (uint32_t g = 0, end; g < groups; g = end) {
        for (end = g + 1; end < groups && kept[end] == kept[g];) ++end;
        const uint32_t value = g * LMK_GROUPS_LENGTH;
        if (kept[g] == 0) {
            const lmk_fit fit = lmk_groups_requantize(q + value, n, end - g, scales + g * parts,
                                                      offsets + g * parts, out + value, steps + g);
            if (fit != LMK_FIT_OK) return fit;
            continue;
        }
        memcpy(out + value, q + value, (end - g) * LMK_GROUPS_LENGTH);
        memcpy(steps + g, whole + g, (end - g) * sizeof whole[0]);
    }
    return LMK_FIT_OK;
}

/// Converts `groups` packed groups, each of `parts` groups of `n` values.
LMK_GROUPS_INLINE lmk_fit lmk_groups_convert(const int8_t *q, uint32_t n, uint32_t groups,
                                             const float *scales, const float *offsets, int8_t *out,
                                             float *steps) {
    uint32_t kept[LMK_GROUPS_CHUNK], count = 0;
    float whole[LMK_GROUPS_CHUNK];
    lmk_groups_find_kept(scales, offsets, LMK_GROUPS_LENGTH / n, groups, kept, whole);
    for (uint32_t g = 0; g < groups; ++g) count += kept[g];
    if (count == groups) {
        memcpy(out, q, groups * LMK_GROUPS_LENGTH);
        memcpy(steps, whole, groups * sizeof whole[0]);
        return LMK_FIT_OK;
    }
    const lmk_fit fit = lmk_groups_requantize(q, n, groups, scales, offsets, out, steps);
    if (count == 0) return fit;
    // A group that keeps its integers may fit although it would not when rounded.
    if (fit != LMK_FIT_OK) {
        return lmk_groups_convert_runs(q, n, groups, kept, whole, scales, offsets, out, steps);
    }
    for (uint32_t g = 0; g < groups; ++g) {
        if (kept[g] == 0) continue;
        memcpy(out + g * LMK_GROUPS_LENGTH, q + g * LMK_GROUPS_LENGTH, LMK_GROUPS_LENGTH);
        steps[g] = whole[g];
    }
    return LMK_FIT_OK;
}

/// Converts a row whose groups have `n` values.
LMK_GROUPS_INLINE lmk_fit lmk_groups_to_w8_parts(const lmk_grouped_row *row, uint32_t n, int8_t *quants,
                                                 float *steps) {
    const uint64_t groups = row->count / LMK_GROUPS_LENGTH;
    for (uint64_t g = 0; g < groups; g += LMK_GROUPS_CHUNK) {
        const uint64_t value = g * LMK_GROUPS_LENGTH, left = groups - g;
        const float *scales = row->scales + value / n, *offsets = row->offsets + value / n;
        const int8_t *q = row->quants + value;
        // A constant number of groups, for which the loops are unrolled, and what is left.
        const lmk_fit fit =
            left >= LMK_GROUPS_CHUNK
                ? lmk_groups_convert(q, n, LMK_GROUPS_CHUNK, scales, offsets, quants + value, steps + g)
                : lmk_groups_convert(q, n, (uint32_t)left, scales, offsets, quants + value, steps + g);
        if (fit != LMK_FIT_OK) return fit;
    }
    return LMK_FIT_OK;
}

LMK_GROUPS_INLINE lmk_fit lmk_groups_to_w8_body(const lmk_grouped_row *row, int8_t *quants, float *steps) {
    return row->group == LMK_GROUPS_LENGTH
               ? lmk_groups_to_w8_parts(row, LMK_GROUPS_LENGTH, quants, steps)
               : lmk_groups_to_w8_parts(row, LMK_GROUPS_LENGTH / 2, quants, steps);
}

// MARK: Instruction sets

#define LMK_GROUPS_DECLARE(isa)                                                                        \
    void lmk_##isa##_groups_to_floats(const lmk_grouped_row *row, float *out);                         \
    lmk_fit lmk_##isa##_groups_to_w4(const lmk_grouped_row *row, int8_t center, uint8_t *quants,       \
                                     uint16_t *scales, uint16_t *offsets);                             \
    lmk_fit lmk_##isa##_groups_to_w8(const lmk_grouped_row *row, int8_t *quants, float *scales);

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
#if defined(__aarch64__)
LMK_GROUPS_DECLARE(neon)
#endif

#endif
