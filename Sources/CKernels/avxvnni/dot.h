// Products of bytes on AVX-VNNI, for `avx2/linear_w4.h` and `avx2/linear_w8.h`: one instruction adds a quad of
// u8 x s8 products to an int32. LMK_EMULATE_AVXVNNI builds it in AVX2 (Tests/CKernelsEmulated).
#ifndef LMK_AVXVNNI_DOT_H
#define LMK_AVXVNNI_DOT_H

#include "avx2/simd.h"

#if defined(LMK_EMULATE_AVXVNNI)
#include "avxvnni_emulation.h"
#define LMK_DOT_BEGIN LMK_AVX2_BEGIN
#else
#define LMK_DOT_BEGIN                                                                                        \
    _Pragma("clang attribute push(__attribute__((target(\"avx2,fma,f16c,avxvnni\"))), apply_to=function)")
#endif
#define LMK_DOT_END LMK_AVX2_END
#define LMK_ISA_NAME(name) lmk_avxvnni_##name

enum {
    // Rows of the register tile of 16 columns: 12 accumulators, 2 weights and 1 activation fit 16 registers. The
    // dot product's latency (5 cycles, 2 per cycle) needs 10 chains: 4 rows would have 8.
    LMK_DOT_ROWS = 6,
    // Sums for each column of a single row, for the same reason: 2 x 4 vectors.
    LMK_DOT_CHAINS = 2,
};

#define LMK_DOT_EACH_ROWS(DO) DO(1) DO(2) DO(3) DO(4) DO(5) DO(6)

LMK_DOT_BEGIN

// MARK: u4 x s8

LMK_INLINE __m256i lmk_begin_products(__m256i sum) {
    return sum;
}

LMK_INLINE __m256i lmk_add_products(__m256i products, __m256i weights, __m256i x) {
    return _mm256_dpbusd_avx_epi32(products, weights, x);
}

LMK_INLINE __m256i lmk_end_products(__m256i sum, __m256i products) {
    (void)sum;
    return products;
}

// MARK: s8 x s8

/// w + 128, the unsigned operand. Sums may wrap around for long groups; less the excess they are exact all the
/// same.
typedef struct lmk_signed_weights {
    __m256i shifted;
} lmk_signed_weights;

LMK_INLINE lmk_signed_weights lmk_load_signed(const uint8_t *p) {
    return (lmk_signed_weights){_mm256_xor_si256(lmk_load_bytes(p), _mm256_set1_epi8(-128))};
}

LMK_INLINE __m256i lmk_add_signed(__m256i sum, lmk_signed_weights weights, __m256i x) {
    return _mm256_dpbusd_avx_epi32(sum, weights.shifted, x);
}

/// `sum` with 128 times the first `count` words at `x`.
LMK_INLINE __m256i lmk_add_excess(__m256i sum, const uint8_t *x, uint32_t count) {
    const __m256i lanes = _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7);
    const __m256i first = _mm256_cmpgt_epi32(_mm256_set1_epi32((int)count), lanes);
    return _mm256_dpbusd_avx_epi32(sum, _mm256_set1_epi8(-128), _mm256_maskload_epi32((const int *)x, first));
}

/// 128 * sum(x) of each row; x: [quads][rows][4]. A vector takes as many quads of all rows as fit, so that its
/// lane i is of row i % rows.
LMK_INLINE void lmk_find_excess(const uint32_t rows, const uint8_t *x, uint64_t quads, int32_t *excess) {
    // Enough chains to hide most of the latency.
    enum { SUMS = 4 };
    const uint32_t fit = LMK_VECTOR_FLOATS / rows, bytes = rows * LMK_QUAD;
    __m256i sums[SUMS];
    LMK_UNROLL for (uint32_t i = 0; i < SUMS; ++i) sums[i] = _mm256_setzero_si256();
    for (; quads >= SUMS * fit; quads -= SUMS * fit, x += SUMS * fit * bytes) {
        LMK_UNROLL for (uint32_t i = 0; i < SUMS; ++i) {
            sums[i] = lmk_add_excess(sums[i], x + i * fit * bytes, fit * rows);
        }
    }
    for (; quads >= fit; quads -= fit, x += fit * bytes) sums[0] = lmk_add_excess(sums[0], x, fit * rows);
    for (; quads > 0; --quads, x += bytes) sums[1] = lmk_add_excess(sums[1], x, rows);
    uint32_t lanes[LMK_VECTOR_FLOATS];
    _mm256_storeu_si256((__m256i *)lanes, _mm256_add_epi32(_mm256_add_epi32(sums[0], sums[1]),
                                                           _mm256_add_epi32(sums[2], sums[3])));
    LMK_UNROLL for (uint32_t r = 0; r < rows; ++r) {
        uint32_t sum = 0;
        LMK_UNROLL for (uint32_t i = 0; i < fit; ++i) sum += lanes[i * rows + r];
        excess[r] = (int32_t)sum;
    }
}

LMK_DOT_END

#endif
