// Products of bytes on AVX-512 without VNNI, for `avx512/linear_w4.h` and `avx512/linear_w8.h`: u4 x s8 is added up
// in pairs of int16, which are widened after 32 inputs; s8 x s8 is widened at once.
#ifndef LMK_AVX512BW_DOT_H
#define LMK_AVX512BW_DOT_H

#include "avx512/simd.h"

#define LMK_ISA_NAME(name) lmk_avx512bw_##name
#define LMK_DOT_BEGIN LMK_AVX512_BEGIN
#define LMK_DOT_END LMK_AVX512_END

enum {
    // A chain of 16-bit additions never waits.
    LMK_DOT_SPLIT_ROWS = 0,
};

LMK_DOT_BEGIN

/// Pins sums to a register. Integer sums are associative, and the compiler otherwise rebalances an unrolled chain
/// of them into a tree that spills.
LMK_INLINE __m512i lmk_keep(__m512i v) {
#if !defined(LMK_EMULATE_AVX512)
    __asm__("" : "+v"(v));
#endif
    return v;
}

// MARK: u4 x s8, up to 32 inputs between begin and end

/// Sums that the products of 32 inputs are added to; lmk_end_products() adds them to `sum`. They fit an int16:
/// a lane gets one pair of products per quad, at most 2 * 15 * 127 = 3810, and 8 quads make 30480 < 32767.
LMK_INLINE __m512i lmk_begin_products(__m512i sum) {
    (void)sum;
    return _mm512_setzero_si512();
}

LMK_INLINE __m512i lmk_add_products(__m512i products, __m512i weights, __m512i x) {
    return lmk_keep(_mm512_add_epi16(products, _mm512_maddubs_epi16(weights, x)));
}

LMK_INLINE __m512i lmk_end_products(__m512i sum, __m512i products) {
    return _mm512_add_epi32(sum, _mm512_madd_epi16(products, _mm512_set1_epi16(1)));
}

// MARK: s8 x s8

/// The unsigned operand of maddubs is |w|, the signed one is x with w's sign: exact also for w = -128, and a
/// pair sum of 2 * 128 * 127 = 32512 fits int16.
typedef struct lmk_signed_weights {
    __m512i magnitudes;
    __mmask64 negative;
} lmk_signed_weights;

LMK_INLINE lmk_signed_weights lmk_load_signed(const uint8_t *p) {
    const __m512i values = lmk_load_bytes(p);
    return (lmk_signed_weights){_mm512_abs_epi8(values), _mm512_movepi8_mask(values)};
}

LMK_INLINE __m512i lmk_add_signed(__m512i sum, lmk_signed_weights weights, __m512i x) {
    x = _mm512_mask_sub_epi8(x, weights.negative, _mm512_setzero_si512(), x);
    __m512i pairs = _mm512_maddubs_epi16(weights.magnitudes, x);
    return lmk_keep(_mm512_add_epi32(sum, _mm512_madd_epi16(pairs, _mm512_set1_epi16(1))));
}

/// There is no excess.
LMK_INLINE __m256i lmk_add_excess(__m256i excess, const uint32_t rows, const uint8_t *x) {
    (void)rows, (void)x;
    return excess;
}

LMK_DOT_END

#endif
