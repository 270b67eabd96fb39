#if defined(__x86_64__)
#include "avx2/vector.h"
#include "common/vector_kernels.h"

#include <immintrin.h>

LMK_VECTOR_BEGIN

// More than latency x throughput of any multiply-add (4 cycles x 2 per cycle), within 16 registers.
enum { CHAINS = 10 };

static double int8_dot(uint64_t iterations) {
    __m256i wide[2] = {_mm256_setzero_si256(), _mm256_setzero_si256()};
    __m256i weights = _mm256_set1_epi8(2), activations = _mm256_set1_epi8(1), ones = _mm256_set1_epi16(1);
    for (uint64_t i = 0; i < iterations; i++) {
        // Products of a nibble and a signed byte: eight pair sums fit int16, then they are widened.
        __m256i narrow[CHAINS];
        LMK_UNROLL for (int chain = 0; chain < CHAINS; chain++) {
            __asm__ volatile("" : "+x"(weights), "+x"(activations));
            narrow[chain] = _mm256_maddubs_epi16(weights, activations);
        }
        LMK_UNROLL for (int step = 1; step < 8; step++)
            LMK_UNROLL for (int chain = 0; chain < CHAINS; chain++) {
                __asm__ volatile("" : "+x"(weights), "+x"(activations));
                narrow[chain] = _mm256_add_epi16(narrow[chain], _mm256_maddubs_epi16(weights, activations));
            }
        LMK_UNROLL for (int chain = 0; chain < CHAINS; chain++)
            wide[chain % 2] = _mm256_add_epi32(wide[chain % 2], _mm256_madd_epi16(narrow[chain], ones));
    }
    volatile int sink = _mm256_extract_epi32(_mm256_add_epi32(wide[0], wide[1]), 0);
    (void)sink;
    return (double)iterations * CHAINS * 8 * 32 * 2;
}

static double fp32(uint64_t iterations) {
    vfloat sums[CHAINS], factor = vsplat(0.5f), term = vsplat(0.25f), total = vsplat(0);
    __asm__ volatile("" : "+x"(factor), "+x"(term));
    LMK_UNROLL for (int chain = 0; chain < CHAINS; chain++) sums[chain] = vsplat((float)chain);
    for (uint64_t i = 0; i < iterations; i++)
        LMK_UNROLL for (int chain = 0; chain < CHAINS; chain++) sums[chain] = vfma(sums[chain], factor, term);
    LMK_UNROLL for (int chain = 0; chain < CHAINS; chain++) total = total + sums[chain];
    volatile float sink = sum_of_lanes(total);
    (void)sink;
    return (double)iterations * CHAINS * LMK_LANES * 2;
}

double lmk_avx2_ceiling_run(lmk_ceiling what, uint64_t iterations) {
    switch (what) {
    case LMK_CEILING_INT8_DOT: return int8_dot(iterations);
    case LMK_CEILING_FP32: return fp32(iterations);
    case LMK_CEILING_BF16_DOT: return 0;
    }
    return 0;
}

uint64_t lmk_avx2_ceiling_read(const void *data, size_t bytes) {
    const char *p = data;
    __m256i sums[4] = {_mm256_setzero_si256(), _mm256_setzero_si256(), _mm256_setzero_si256(),
                       _mm256_setzero_si256()};
    for (size_t i = 0; i < bytes; i += 256) {
        // 4 KiB ahead covers 100 ns of latency at 40 GB/s.
        LMK_UNROLL for (int line = 0; line < 256; line += 64) __builtin_prefetch(p + i + 4096 + line);
        LMK_UNROLL for (int v = 0; v < 8; v++) {
            __m256i part = _mm256_loadu_si256((const __m256i *)(p + i + 32 * v));
            sums[v % 4] = _mm256_xor_si256(sums[v % 4], part);
        }
    }
    __m256i all = _mm256_xor_si256(_mm256_xor_si256(sums[0], sums[1]), _mm256_xor_si256(sums[2], sums[3]));
    return (uint64_t)(_mm256_extract_epi64(all, 0) ^ _mm256_extract_epi64(all, 1) ^
                      _mm256_extract_epi64(all, 2) ^ _mm256_extract_epi64(all, 3));
}

LMK_VECTOR_END
#endif
