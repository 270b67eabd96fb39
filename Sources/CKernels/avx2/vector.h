// Eight lanes of AVX2 for the kernels in `common/simd_*.h`. `avxvnni/attention.c` defines LMK_VNNI, for its dot
// product, and a name; LMK_EMULATE_AVXVNNI builds that in AVX2 (Tests/CKernelsEmulated).
#ifndef LMK_AVX2_VECTOR_H
#define LMK_AVX2_VECTOR_H

#define LMK_LANES 8
#if !defined(LMK_ISA_NAME)
#define LMK_ISA_NAME(name) lmk_avx2_##name
#endif
#if defined(LMK_VNNI) && !defined(LMK_EMULATE_AVXVNNI)
#define LMK_TARGET "avx2,fma,f16c,avxvnni"
#else
#define LMK_TARGET "avx2,fma,f16c"
#endif
// 16 registers: 3 queries x 4 vectors of accumulators, 3 coefficients, 1 vector of the page.
#define LMK_QUERY_BLOCK 3
// Over levels: 8 accumulators, up to 4 factors, and what a madd needs.
#define LMK_LEVEL_QUERIES 4
#define LMK_LEVEL_VECTORS 8

#include "common/simd_vector.h"

#include <immintrin.h>
#if defined(LMK_EMULATE_AVXVNNI)
#include "avxvnni_emulation.h"
#endif

LMK_VECTOR_BEGIN

/// Each lane: its sum plus the products of its two pairs of int16.
LMK_INLINE vint vdot_pairs(vint sums, vwords a, vwords b) {
#if defined(LMK_VNNI)
    return (vint)_mm256_dpwssd_avx_epi32((__m256i)sums, (__m256i)a, (__m256i)b);
#else
    return sums + (vint)_mm256_madd_epi16((__m256i)a, (__m256i)b);
#endif
}

LMK_VECTOR_END

#endif
