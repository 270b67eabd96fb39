#if defined(__x86_64__)
#include "common/vector_kernels.h"

#include <immintrin.h>

// No emulation: register-only loops measure hardware or nothing.
#define LMK_UNROLL _Pragma("clang loop unroll(full)")
#define LMK_AVX512 __attribute__((target("avx512f")))
#define LMK_AVX512_VNNI __attribute__((target("avx512f,avx512vnni")))
#define LMK_AVX512_BF16 __attribute__((target("avx512f,avx512bf16")))

// More than latency x throughput of any multiply-add (5 cycles x 2 per cycle), within 32 registers.
enum { CHAINS = 12 };

LMK_AVX512_VNNI static double int8_dot(uint64_t iterations) {
    __m512i sums[CHAINS], weights = _mm512_set1_epi8(2), activations = _mm512_set1_epi8(1);
    LMK_UNROLL for (int chain = 0; chain < CHAINS; chain++) sums[chain] = _mm512_set1_epi32(chain);
    for (uint64_t i = 0; i < iterations; i++)
        LMK_UNROLL for (int chain = 0; chain < CHAINS; chain++) {
            __asm__ volatile("" : "+v"(weights), "+v"(activations));
            sums[chain] = _mm512_dpbusd_epi32(sums[chain], weights, activations);
        }
    LMK_UNROLL for (int chain = 1; chain < CHAINS; chain++) sums[0] = _mm512_add_epi32(sums[0], sums[chain]);
    volatile int sink = _mm512_reduce_add_epi32(sums[0]);
    (void)sink;
    return (double)iterations * CHAINS * 64 * 2;
}

LMK_AVX512_VNNI static double int16_dot(uint64_t iterations) {
    __m512i sums[CHAINS], weights = _mm512_set1_epi16(2), activations = _mm512_set1_epi16(1);
    LMK_UNROLL for (int chain = 0; chain < CHAINS; chain++) sums[chain] = _mm512_set1_epi32(chain);
    for (uint64_t i = 0; i < iterations; i++)
        LMK_UNROLL for (int chain = 0; chain < CHAINS; chain++) {
            __asm__ volatile("" : "+v"(weights), "+v"(activations));
            sums[chain] = _mm512_dpwssd_epi32(sums[chain], weights, activations);
        }
    LMK_UNROLL for (int chain = 1; chain < CHAINS; chain++) sums[0] = _mm512_add_epi32(sums[0], sums[chain]);
    volatile int sink = _mm512_reduce_add_epi32(sums[0]);
    (void)sink;
    return (double)iterations * CHAINS * 32 * 2;
}

LMK_AVX512_BF16 static double bf16_dot(uint64_t iterations) {
    __m512 sums[CHAINS];
    __m512i half = _mm512_set1_epi32(0x3f003f00);
    LMK_UNROLL for (int chain = 0; chain < CHAINS; chain++) sums[chain] = _mm512_set1_ps((float)chain);
    for (uint64_t i = 0; i < iterations; i++)
        LMK_UNROLL for (int chain = 0; chain < CHAINS; chain++) {
            __asm__ volatile("" : "+v"(half));
            sums[chain] = _mm512_dpbf16_ps(sums[chain], (__m512bh)half, (__m512bh)half);
        }
    LMK_UNROLL for (int chain = 1; chain < CHAINS; chain++) sums[0] = _mm512_add_ps(sums[0], sums[chain]);
    volatile float sink = _mm512_reduce_add_ps(sums[0]);
    (void)sink;
    return (double)iterations * CHAINS * 32 * 2;
}

LMK_AVX512 static double fp32(uint64_t iterations) {
    __m512 sums[CHAINS], factor = _mm512_set1_ps(0.5f), term = _mm512_set1_ps(0.25f);
    __asm__ volatile("" : "+v"(factor), "+v"(term));
    LMK_UNROLL for (int chain = 0; chain < CHAINS; chain++) sums[chain] = _mm512_set1_ps((float)chain);
    for (uint64_t i = 0; i < iterations; i++)
        LMK_UNROLL for (int chain = 0; chain < CHAINS; chain++)
            sums[chain] = _mm512_fmadd_ps(sums[chain], factor, term);
    LMK_UNROLL for (int chain = 1; chain < CHAINS; chain++) sums[0] = _mm512_add_ps(sums[0], sums[chain]);
    volatile float sink = _mm512_reduce_add_ps(sums[0]);
    (void)sink;
    return (double)iterations * CHAINS * 16 * 2;
}

// `avx512bw/ceilings.c` calls it for what needs no VNNI.
LMK_AVX512 double lmk_avx512_ceiling_run(lmk_ceiling what, uint64_t iterations) {
    switch (what) {
    case LMK_CEILING_INT8_DOT:
    case LMK_CEILING_INT8_SIGNED_DOT: return int8_dot(iterations);
    case LMK_CEILING_INT16_DOT: return int16_dot(iterations);
    case LMK_CEILING_BF16_DOT: return bf16_dot(iterations);
    case LMK_CEILING_FP32: return fp32(iterations);
    }
    return 0;
}

LMK_AVX512 uint64_t lmk_avx512_ceiling_read(const void *data, size_t bytes) {
    const char *p = data;
    __m512i sums[4] = {_mm512_setzero_si512(), _mm512_setzero_si512(), _mm512_setzero_si512(),
                       _mm512_setzero_si512()};
    for (size_t i = 0; i < bytes; i += 256) {
        // 4 KiB ahead covers 100 ns of latency at 40 GB/s.
        LMK_UNROLL for (int line = 0; line < 256; line += 64) __builtin_prefetch(p + i + 4096 + line);
        LMK_UNROLL for (int v = 0; v < 4; v++)
            sums[v] = _mm512_xor_si512(sums[v], _mm512_loadu_si512(p + i + 64 * v));
    }
    uint64_t lanes[8], all = 0;
    _mm512_storeu_si512(lanes, _mm512_xor_si512(_mm512_xor_si512(sums[0], sums[1]),
                                                _mm512_xor_si512(sums[2], sums[3])));
    for (int lane = 0; lane < 8; lane++) all ^= lanes[lane];
    return all;
}

#endif
