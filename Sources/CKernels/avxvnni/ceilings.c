#if defined(__x86_64__)
#include "common/vector_kernels.h"

#include <immintrin.h>

// No emulation: register-only loops measure hardware or nothing.
#define LMK_UNROLL _Pragma("clang loop unroll(full)")
#pragma clang attribute push(__attribute__((target("avx2,avxvnni"))), apply_to = function)

// More than latency x throughput of a dot product (5 cycles x 2 per cycle), within 16 registers.
enum { CHAINS = 12 };

#define DEFINE_DOT(name, instruction, products)                                                              \
    static double name(uint64_t iterations) {                                                                \
        __m256i sums[CHAINS], a = _mm256_set1_epi8(2), b = _mm256_set1_epi8(1);                              \
        LMK_UNROLL for (int chain = 0; chain < CHAINS; chain++) sums[chain] = _mm256_set1_epi32(chain);      \
        for (uint64_t i = 0; i < iterations; i++)                                                            \
            LMK_UNROLL for (int chain = 0; chain < CHAINS; chain++) {                                        \
                __asm__ volatile("" : "+x"(a), "+x"(b));                                                     \
                sums[chain] = instruction(sums[chain], a, b);                                                \
            }                                                                                                \
        LMK_UNROLL for (int chain = 1; chain < CHAINS; chain++)                                              \
            sums[0] = _mm256_add_epi32(sums[0], sums[chain]);                                                \
        volatile int sink = _mm256_extract_epi32(sums[0], 0);                                                \
        (void)sink;                                                                                          \
        return (double)iterations * CHAINS * products * 2;                                                   \
    }
DEFINE_DOT(int8_dot, _mm256_dpbusd_avx_epi32, 32)
DEFINE_DOT(int16_dot, _mm256_dpwssd_avx_epi32, 16)
#undef DEFINE_DOT

double lmk_avxvnni_ceiling_run(lmk_ceiling what, uint64_t iterations) {
    switch (what) {
    case LMK_CEILING_INT8_DOT:
    case LMK_CEILING_INT8_SIGNED_DOT: return int8_dot(iterations);
    case LMK_CEILING_INT16_DOT: return int16_dot(iterations);
    case LMK_CEILING_BF16_DOT:
    case LMK_CEILING_FP32: return lmk_avx2_ceiling_run(what, iterations);
    }
    return 0;
}

#pragma clang attribute pop
#endif
