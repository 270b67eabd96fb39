#if defined(__x86_64__)
#include "common/vector_kernels.h"

#include <immintrin.h>

// No emulation: register-only loops measure hardware or nothing.
#define LMK_UNROLL _Pragma("clang loop unroll(full)")
#pragma clang attribute push(__attribute__((target("avx512f,avx512bw"))), apply_to = function)

enum {
    // Additions wait one cycle and there are two per cycle at most: any number of chains would do.
    CHAINS = 8,
    // Eight pair sums of u4 x s8 products fit int16, then they are widened.
    NARROW_STEPS = 8,
};

static double finish(__m512i sums, double operations) {
    volatile int sink = _mm512_reduce_add_epi32(sums);
    (void)sink;
    return operations;
}

/// u4 x s8, as w4 multiplies: products are added in 16 bits.
static double int8_dot(uint64_t iterations) {
    __m512i weights = _mm512_set1_epi8(2), x = _mm512_set1_epi8(1), wide = _mm512_setzero_si512();
    for (uint64_t i = 0; i < iterations; i++)
        LMK_UNROLL for (int chain = 0; chain < CHAINS; chain++) {
            __m512i sum = _mm512_setzero_si512();
            LMK_UNROLL for (int step = 0; step < NARROW_STEPS; step++) {
                __asm__ volatile("" : "+v"(weights), "+v"(x));
                sum = _mm512_add_epi16(sum, _mm512_maddubs_epi16(weights, x));
            }
            wide = _mm512_add_epi32(wide, _mm512_madd_epi16(sum, _mm512_set1_epi16(1)));
        }
    return finish(wide, (double)iterations * CHAINS * NARROW_STEPS * 64 * 2);
}

/// s8 x s8, as w8 multiplies: magnitudes of the weights, their signs on the inputs, and 32-bit sums at once.
static double int8_signed_dot(uint64_t iterations) {
    __m512i weights = _mm512_set1_epi8(2), x = _mm512_set1_epi8(1), sums[CHAINS];
    __mmask64 negative = 0x5555555555555555;
    LMK_UNROLL for (int chain = 0; chain < CHAINS; chain++) sums[chain] = _mm512_setzero_si512();
    for (uint64_t i = 0; i < iterations; i++)
        LMK_UNROLL for (int chain = 0; chain < CHAINS; chain++) {
            __asm__ volatile("" : "+v"(weights), "+v"(x), "+k"(negative));
            const __m512i signed_x = _mm512_mask_sub_epi8(x, negative, _mm512_setzero_si512(), x);
            const __m512i pairs = _mm512_maddubs_epi16(weights, signed_x);
            sums[chain] = _mm512_add_epi32(sums[chain], _mm512_madd_epi16(pairs, _mm512_set1_epi16(1)));
        }
    LMK_UNROLL for (int chain = 1; chain < CHAINS; chain++) sums[0] = _mm512_add_epi32(sums[0], sums[chain]);
    return finish(sums[0], (double)iterations * CHAINS * 64 * 2);
}

/// s16 x s16, as attention multiplies levels.
static double int16_dot(uint64_t iterations) {
    __m512i levels = _mm512_set1_epi16(2), x = _mm512_set1_epi16(1), sums[CHAINS];
    LMK_UNROLL for (int chain = 0; chain < CHAINS; chain++) sums[chain] = _mm512_setzero_si512();
    for (uint64_t i = 0; i < iterations; i++)
        LMK_UNROLL for (int chain = 0; chain < CHAINS; chain++) {
            __asm__ volatile("" : "+v"(levels), "+v"(x));
            sums[chain] = _mm512_add_epi32(sums[chain], _mm512_madd_epi16(levels, x));
        }
    LMK_UNROLL for (int chain = 1; chain < CHAINS; chain++) sums[0] = _mm512_add_epi32(sums[0], sums[chain]);
    return finish(sums[0], (double)iterations * CHAINS * 32 * 2);
}

double lmk_avx512bw_ceiling_run(lmk_ceiling what, uint64_t iterations) {
    switch (what) {
    case LMK_CEILING_INT8_DOT: return int8_dot(iterations);
    case LMK_CEILING_INT8_SIGNED_DOT: return int8_signed_dot(iterations);
    case LMK_CEILING_INT16_DOT: return int16_dot(iterations);
    case LMK_CEILING_BF16_DOT: return 0;
    case LMK_CEILING_FP32: return lmk_avx512_ceiling_run(what, iterations);
    }
    return 0;
}

#pragma clang attribute pop
#endif
