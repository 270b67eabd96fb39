// Products of bytes on AVX2, for `linear_w4.h` and `linear_w8.h`: u4 x s8 is added up in pairs of int16, which are
// widened after 32 inputs; s8 x s8 is widened at once.
#ifndef LMK_AVX2_DOT_H
#define LMK_AVX2_DOT_H

#include "avx2/simd.h"

#define LMK_ISA_NAME(name) lmk_avx2_##name
#define LMK_DOT_BEGIN LMK_AVX2_BEGIN
#define LMK_DOT_END LMK_AVX2_END

enum {
    // Rows of the register tile of 16 columns: 8 accumulators, 2 weights (and their magnitudes), 1 activation and
    // a product fit 16 registers. For w4, 6 x 16 and 2 x 32 measured within 3 % of it, 3 x 32 and 8 x 8 slower.
    LMK_DOT_ROWS = 4,
    // Sums for each column of a single row. A chain of 16-bit additions never waits.
    LMK_DOT_CHAINS = 1,
};

/// Row counts are constants of the kernels: accumulators then live in registers.
#define LMK_DOT_EACH_ROWS(DO) DO(1) DO(2) DO(3) DO(4)

LMK_DOT_BEGIN

// MARK: u4 x s8, up to 32 inputs between begin and end

/// Sums that the products of 32 inputs are added to; lmk_end_products() adds them to `sum`. They fit an int16:
/// a lane gets one pair of products per quad, at most 2 * 15 * 127 = 3810, and 8 quads make 30480 < 32767.
LMK_INLINE __m256i lmk_begin_products(__m256i sum) {
    (void)sum;
    return _mm256_setzero_si256();
}

LMK_INLINE __m256i lmk_add_products(__m256i products, __m256i weights, __m256i x) {
    return lmk_keep(_mm256_add_epi16(products, _mm256_maddubs_epi16(weights, x)));
}

LMK_INLINE __m256i lmk_end_products(__m256i sum, __m256i products) {
    return _mm256_add_epi32(sum, _mm256_madd_epi16(products, _mm256_set1_epi16(1)));
}

// MARK: s8 x s8

/// The unsigned operand of maddubs is |w|, the signed one is x with w's sign: exact also for w = -128, and a
/// pair sum of 2 * 128 * 127 = 32512 fits int16.
typedef struct lmk_signed_weights {
    __m256i values;
    __m256i magnitudes;
} lmk_signed_weights;

LMK_INLINE lmk_signed_weights lmk_load_signed(const uint8_t *p) {
    const __m256i values = lmk_load_bytes(p);
    return (lmk_signed_weights){values, _mm256_abs_epi8(values)};
}

LMK_INLINE __m256i lmk_add_signed(__m256i sum, lmk_signed_weights weights, __m256i x) {
    __m256i pairs = _mm256_maddubs_epi16(weights.magnitudes, _mm256_sign_epi8(x, weights.values));
    return lmk_keep(_mm256_add_epi32(sum, _mm256_madd_epi16(pairs, _mm256_set1_epi16(1))));
}

/// What lmk_add_signed() adds too much for each row of `quads` quads: nothing.
LMK_INLINE void lmk_find_excess(const uint32_t rows, const uint8_t *x, uint64_t quads, int32_t *excess) {
    (void)x, (void)quads;
    LMK_UNROLL for (uint32_t r = 0; r < rows; ++r) excess[r] = 0;
}

LMK_DOT_END

#endif
