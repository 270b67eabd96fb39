// Eight lanes, in two registers of NEON, for the kernels in `common/simd_*.h`: sums have the order of AVX2's,
// and results its bits.
#ifndef LMK_NEON_VECTOR_H
#define LMK_NEON_VECTOR_H

#define LMK_LANES 8
#define LMK_ISA_NAME(name) lmk_neon_##name
#define LMK_TARGET "dotprod"
// 32 registers: 3 queries x 4 vectors of accumulators are 24, 3 coefficients, a vector of the page.
#define LMK_QUERY_BLOCK 3
#define LMK_LEVEL_SUMS "neon/attention_levels.h"
#define LMK_LEVEL_QUERIES 4
#define LMK_LEVEL_VECTORS 8

#include "common/simd_vector.h"

#include <arm_neon.h>

LMK_VECTOR_BEGIN

/// Eight factors in the order of `neon/attention_levels.h`: of each quad the four low bytes, then the high
/// ones.
LMK_INLINE void store_factors(int16_t *to, vint factors) {
    int32x4_t halves[2];
    memcpy(halves, &factors, sizeof halves);
    const uint8x16_t words = vreinterpretq_u8_s16(vcombine_s16(vmovn_s32(halves[0]), vmovn_s32(halves[1])));
    const uint32x4_t low = vreinterpretq_u32_u8(vuzp1q_u8(words, words));
    const uint32x4_t high = vreinterpretq_u32_u8(vuzp2q_u8(words, words));
    vst1q_s16(to, vreinterpretq_s16_u32(vzip1q_u32(low, high)));
}

LMK_VECTOR_END

#endif
