// Products of bytes on AVX-512 with VNNI, for `linear_w4.h` and `linear_w8.h`: one instruction adds a quad of
// u8 x s8 products to an int32.
#ifndef LMK_AVX512_DOT_H
#define LMK_AVX512_DOT_H

#include "avx512/simd.h"

#define LMK_ISA_NAME(name) lmk_avx512_##name
#define LMK_DOT_BEGIN LMK_AVX512_VNNI_BEGIN
#define LMK_DOT_END LMK_AVX512_END

enum {
    // Up to this many rows the low and the high nibbles have sums of their own: 2 vectors x 4 rows are
    // fewer chains than the dot product's latency (4-5 cycles, 2 per cycle) needs. Integers: same bits.
    LMK_DOT_SPLIT_ROWS = 4,
};

LMK_DOT_BEGIN

// MARK: u4 x s8

LMK_INLINE __m512i lmk_begin_products(__m512i sum) {
    return sum;
}

LMK_INLINE __m512i lmk_add_products(__m512i products, __m512i weights, __m512i x) {
    return _mm512_dpbusd_epi32(products, weights, x);
}

LMK_INLINE __m512i lmk_end_products(__m512i sum, __m512i products) {
    (void)sum;
    return products;
}

// MARK: s8 x s8

/// w + 128, the unsigned operand. Sums may wrap around for long groups; less the excess they are exact all the
/// same.
typedef struct lmk_signed_weights {
    __m512i shifted;
} lmk_signed_weights;

LMK_INLINE lmk_signed_weights lmk_load_signed(const uint8_t *p) {
    return (lmk_signed_weights){_mm512_xor_si512(lmk_load_bytes(p), _mm512_set1_epi8(-128))};
}

LMK_INLINE __m512i lmk_add_signed(__m512i sum, lmk_signed_weights weights, __m512i x) {
    return _mm512_dpbusd_epi32(sum, weights.shifted, x);
}

/// Adds the excess of a quad of each row, 128 times the sum of its inputs, to the row's lane.
LMK_INLINE __m256i lmk_add_excess(__m256i excess, const uint32_t rows, const uint8_t *x) {
    const __mmask8 row_mask = (__mmask8)((1u << rows) - 1);
    return _mm256_dpbusd_epi32(excess, _mm256_set1_epi8(-128), _mm256_maskz_loadu_epi32(row_mask, x));
}

LMK_DOT_END

#endif
