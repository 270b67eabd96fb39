// 16-bit float conversions, inline so that loops over them vectorise. Plain integer arithmetic gives the
// same bits on every machine and under every floating-point mode (worker threads flush denormals).
#ifndef LMK_CONVERT_H
#define LMK_CONVERT_H

#include "common/linear_layout.h"

/// fp16: 1 sign, 5 exponent (bias 15), 10 fraction bits; fp32: 1, 8 (bias 127), 23.
enum {
    LMK_HALF_FRACTION_SHIFT = 23 - 10,
    LMK_HALF_EXPONENT_OFFSET = 127 - 15,
};

static inline float lmk_widen_half(uint16_t h) {
    const uint32_t sign = (uint32_t)(h & 0x8000) << 16, magnitude = h & 0x7fff;
    uint32_t normal = (magnitude << LMK_HALF_FRACTION_SHIFT) + ((uint32_t)LMK_HALF_EXPONENT_OFFSET << 23);
    // Infinity keeps a zero fraction; a NaN keeps its payload and becomes quiet, as in hardware.
    uint32_t special = 0x7f800000u | magnitude << LMK_HALF_FRACTION_SHIFT;
    special |= magnitude > 0x7c00 ? 0x00400000u : 0;
    // A denormal is its fraction times 2^-24: normal in fp32.
    uint32_t denormal = lmk_float_bits((float)(int32_t)magnitude * 0x1p-24f);
    uint32_t bits = magnitude >= 0x7c00 ? special : magnitude < 0x0400 ? denormal : normal;
    return lmk_float_from_bits(sign | bits);
}

/// Rounds to nearest even; overflows to infinity.
static inline uint16_t lmk_narrow_to_half(float f) {
    const uint32_t bits = lmk_float_bits(f), sign = bits >> 16 & 0x8000, magnitude = bits & 0x7fffffff;
    // A carry out of the fraction moves into the exponent: 65520 and more become infinity.
    uint32_t rounded = magnitude + 0x0fff + (magnitude >> LMK_HALF_FRACTION_SHIFT & 1);
    uint32_t normal = (rounded - ((uint32_t)LMK_HALF_EXPONENT_OFFSET << 23)) >> LMK_HALF_FRACTION_SHIFT;
    // Below 2^-14 the step is 2^-24, which is one half's last place: the addition rounds.
    uint32_t denormal = lmk_float_bits(lmk_float_from_bits(magnitude) + 0.5f) - 0x3f000000u;
    uint32_t payload = 0x0200 | (magnitude >> LMK_HALF_FRACTION_SHIFT & 0x01ff);
    uint32_t special = 0x7c00 | (magnitude > 0x7f800000u ? payload : 0);
    uint32_t result = magnitude >= 0x47800000u ? special : magnitude < 0x38800000u ? denormal : normal;
    return (uint16_t)(sign | result);
}

static inline float lmk_widen_bfloat16(uint16_t b) {
    return lmk_float_from_bits((uint32_t)b << 16);
}

/// Rounds to nearest even; a NaN stays one.
static inline uint16_t lmk_narrow_to_bfloat16(float f) {
    const uint32_t bits = lmk_float_bits(f);
    const uint32_t rounded = (bits + 0x7fff + (bits >> 16 & 1)) >> 16, quiet = bits >> 16 | 0x40;
    return (uint16_t)((bits & 0x7fffffff) > 0x7f800000u ? quiet : rounded);
}

#endif
