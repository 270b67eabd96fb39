// Sixteen lanes of AVX-512 for the kernels in `common/simd_*.h`. `avx512/attention.c` defines LMK_VNNI, for its dot
// product, and `avx512bw/attention.c` a name. With LMK_EMULATE_AVX512 the compiler splits vectors into AVX2 halves:
// the same results on machines that have no AVX-512.
#ifndef LMK_AVX512_VECTOR_H
#define LMK_AVX512_VECTOR_H

#define LMK_LANES 16
#if !defined(LMK_ISA_NAME)
#define LMK_ISA_NAME(name) lmk_avx512_##name
#endif
#if defined(LMK_EMULATE_AVX512)
#define LMK_TARGET "avx2,fma,f16c"
#elif defined(LMK_VNNI)
#define LMK_TARGET "avx512f,avx512bw,avx512vl,avx512dq,avx512vnni,fma,f16c"
#else
#define LMK_TARGET "avx512f,avx512bw,avx512vl,avx512dq,fma,f16c"
#endif
// 32 registers: 6 queries x 4 vectors of accumulators, 4 vectors of the page, coefficients.
#define LMK_QUERY_BLOCK 6
// Over levels: up to 16 accumulators, 4 factors.
#define LMK_LEVEL_QUERIES 4
#define LMK_LEVEL_VECTORS 4

#include "common/simd_vector.h"

#include <immintrin.h>

LMK_VECTOR_BEGIN

/// The 32 bytes at p in both halves.
LMK_INLINE vuwords vload_half_twice(const uint8_t *p) {
    uint16_t half __attribute__((vector_size(32)));
    memcpy(&half, p, sizeof half);
    return __builtin_shufflevector(half, half, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 0, 1, 2,
                                   3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15);
}

/// Each lane: its sum plus the products of its two pairs of int16.
LMK_INLINE vint vdot_pairs(vint sums, vwords a, vwords b) {
#if defined(LMK_EMULATE_AVX512)
    __m256i halves[2][2];
    vint products;
    memcpy(halves[0], &a, sizeof a);
    memcpy(halves[1], &b, sizeof b);
    for (int i = 0; i < 2; i++) halves[0][i] = _mm256_madd_epi16(halves[0][i], halves[1][i]);
    memcpy(&products, halves[0], sizeof products);
    return sums + products;
#elif defined(LMK_VNNI)
    return (vint)_mm512_dpwssd_epi32((__m512i)sums, (__m512i)a, (__m512i)b);
#else
    return sums + (vint)_mm512_madd_epi16((__m512i)a, (__m512i)b);
#endif
}

LMK_VECTOR_END

#endif
