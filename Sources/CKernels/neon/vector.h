// Eight lanes, in two registers of NEON, for the kernels in `common/simd_*.h`: sums have the order of AVX2's, and
// results its bits.
#ifndef LMK_NEON_VECTOR_H
#define LMK_NEON_VECTOR_H

#define LMK_LANES 8
#define LMK_ISA_NAME(name) lmk_neon_##name
#define LMK_TARGET "dotprod"
// 32 registers: 3 queries x 4 vectors of accumulators are 24, 3 coefficients, a vector of the page.
#define LMK_QUERY_BLOCK 3
#define LMK_LEVEL_QUERIES 4
#define LMK_LEVEL_VECTORS 8

#include "common/simd_vector.h"

#include <arm_neon.h>

LMK_VECTOR_BEGIN

/// Each lane: its sum plus the products of its two pairs of int16.
LMK_INLINE vint vdot_pairs(vint sums, vwords a, vwords b) {
    int16x8_t x[2], y[2];
    int32x4_t dots[2];
    memcpy(x, &a, sizeof x);
    memcpy(y, &b, sizeof y);
    for (int half = 0; half < 2; half++) {
        int32x4_t low = vmull_s16(vget_low_s16(x[half]), vget_low_s16(y[half]));
        dots[half] = vpaddq_s32(low, vmull_high_s16(x[half], y[half]));
    }
    vint products;
    memcpy(&products, dots, sizeof products);
    return sums + products;
}

LMK_VECTOR_END

#endif
