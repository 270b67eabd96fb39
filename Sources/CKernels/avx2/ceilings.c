#if defined(__x86_64__)
#include "avx2/vector.h"
#include "common/vector_kernels.h"

#include <immintrin.h>

LMK_VECTOR_BEGIN

// Instructions in exactly the order in which they are written. On Zen 3 the order decides some percent of the
// rate: an addition that waits for its product takes a multiplier's place. Two multiplications, then two
// additions of products that are some steps old, measured fastest of 50 orders.
#define LMK_ORDERED(name, instruction)                                                                       \
    LMK_INLINE __m256i name(__m256i a, __m256i b) {                                                          \
        __m256i result;                                                                                      \
        __asm__ volatile(instruction " %2, %1, %0" : "=x"(result) : "x"(a), "x"(b));                         \
        return result;                                                                                       \
    }
LMK_ORDERED(multiply_bytes, "vpmaddubsw")
LMK_ORDERED(multiply_words, "vpmaddwd")
LMK_ORDERED(copy_sign, "vpsignb")
LMK_ORDERED(add_words, "vpaddw")
LMK_ORDERED(add_longs, "vpaddd")

enum {
    // Accumulators of the integer loops: with the products under way and the operands they fill 16 registers.
    SUMS = 4,
    PAIRS = SUMS / 2,
    // Pairs of products between a multiplication and its addition, and the registers they need.
    LAG = 2,
    PRODUCTS = 2 * (LAG + 1),
    // Pairs of products in one turn of a loop: a multiple of PAIRS and of LAG + 1.
    TURN = 12,
    // Eight pair sums of u4 x s8 products fit int16, then they are widened.
    NARROW_STEPS = 8,
};

static double finish(__m256i sums, double operations) {
    volatile int sink = _mm256_extract_epi32(sums, 0);
    (void)sink;
    return operations;
}

/// u4 x s8, as w4 multiplies: products are added in 16 bits.
static double int8_dot(uint64_t iterations) {
    const __m256i weights = _mm256_set1_epi8(2), x = _mm256_set1_epi8(1), ones = _mm256_set1_epi16(1);
    __m256i wide = _mm256_setzero_si256();
    for (uint64_t turn = 0; turn < iterations; turn++) {
        __m256i sums[SUMS], products[PRODUCTS];
        LMK_UNROLL for (int pair = 0; pair < NARROW_STEPS * PAIRS + LAG; pair++) {
            // The first products of each sum are the sum.
            __m256i *fresh = pair < PAIRS ? &sums[2 * pair] : &products[2 * (pair % (LAG + 1))];
            if (pair < NARROW_STEPS * PAIRS)
                LMK_UNROLL for (int i = 0; i < 2; i++) fresh[i] = multiply_bytes(weights, x);
            const int old = pair - LAG;
            if (old < PAIRS) continue;
            __m256i *done = &products[2 * (old % (LAG + 1))], *sum = &sums[2 * (old % PAIRS)];
            LMK_UNROLL for (int i = 0; i < 2; i++) sum[i] = add_words(sum[i], done[i]);
        }
        LMK_UNROLL for (int sum = 0; sum < SUMS; sum++)
            wide = add_longs(wide, multiply_words(sums[sum], ones));
    }
    return finish(wide, (double)iterations * NARROW_STEPS * SUMS * 32 * 2);
}

/// s8 x s8, as w8 multiplies: magnitudes of the weights, their signs on the inputs, and 32-bit sums at once.
static double int8_signed_dot(uint64_t iterations) {
    const __m256i weights = _mm256_set1_epi8(2), x = _mm256_set1_epi8(1), ones = _mm256_set1_epi16(1);
    __m256i sums[SUMS], products[PRODUCTS];
    LMK_UNROLL for (int sum = 0; sum < SUMS; sum++) sums[sum] = _mm256_setzero_si256();
    LMK_UNROLL for (int product = 0; product < PRODUCTS; product++) products[product] = x;
    for (uint64_t turn = 0; turn < iterations; turn++)
        LMK_UNROLL for (int pair = 0; pair < TURN; pair++) {
            __m256i *fresh = &products[2 * (pair % 3)], *widened = &products[2 * ((pair + 2) % 3)];
            __m256i *done = &products[2 * ((pair + 1) % 3)], *sum = &sums[2 * (pair % PAIRS)];
            LMK_UNROLL for (int i = 0; i < 2; i++) fresh[i] = copy_sign(x, weights);
            LMK_UNROLL for (int i = 0; i < 2; i++) fresh[i] = multiply_bytes(weights, fresh[i]);
            LMK_UNROLL for (int i = 0; i < 2; i++) widened[i] = multiply_words(widened[i], ones);
            LMK_UNROLL for (int i = 0; i < 2; i++) sum[i] = add_longs(sum[i], done[i]);
        }
    return finish(add_longs(add_longs(sums[0], sums[1]), add_longs(sums[2], sums[3])),
                  (double)iterations * TURN * 2 * 32 * 2);
}

/// s16 x s16, as attention multiplies levels.
static double int16_dot(uint64_t iterations) {
    const __m256i levels = _mm256_set1_epi16(2), x = _mm256_set1_epi16(1);
    __m256i sums[SUMS], products[PRODUCTS];
    LMK_UNROLL for (int sum = 0; sum < SUMS; sum++) sums[sum] = _mm256_setzero_si256();
    LMK_UNROLL for (int product = 0; product < PRODUCTS; product++) products[product] = x;
    for (uint64_t turn = 0; turn < iterations; turn++)
        LMK_UNROLL for (int pair = 0; pair < TURN; pair++) {
            __m256i *fresh = &products[2 * (pair % 3)], *done = &products[2 * ((pair + 1) % 3)];
            __m256i *sum = &sums[2 * (pair % PAIRS)];
            LMK_UNROLL for (int i = 0; i < 2; i++) fresh[i] = multiply_words(levels, x);
            LMK_UNROLL for (int i = 0; i < 2; i++) sum[i] = add_longs(sum[i], done[i]);
        }
    return finish(add_longs(add_longs(sums[0], sums[1]), add_longs(sums[2], sums[3])),
                  (double)iterations * TURN * 2 * 16 * 2);
}

// More than latency x throughput of a fused multiply-add (4 cycles x 2 per cycle), within 16 registers.
enum { CHAINS = 10 };

static double fp32(uint64_t iterations) {
    vfloat sums[CHAINS], factor = vsplat(0.5f), term = vsplat(0.25f), total = vsplat(0);
    __asm__ volatile("" : "+x"(factor), "+x"(term));
    LMK_UNROLL for (int chain = 0; chain < CHAINS; chain++) sums[chain] = vsplat((float)chain);
    for (uint64_t turn = 0; turn < iterations; turn++)
        LMK_UNROLL for (int chain = 0; chain < CHAINS; chain++) sums[chain] = vfma(sums[chain], factor, term);
    LMK_UNROLL for (int chain = 0; chain < CHAINS; chain++) total = total + sums[chain];
    volatile float sink = sum_of_lanes(total);
    (void)sink;
    return (double)iterations * CHAINS * LMK_LANES * 2;
}

double lmk_avx2_ceiling_run(lmk_ceiling what, uint64_t iterations) {
    switch (what) {
    case LMK_CEILING_INT8_DOT: return int8_dot(iterations);
    case LMK_CEILING_INT8_SIGNED_DOT: return int8_signed_dot(iterations);
    case LMK_CEILING_INT16_DOT: return int16_dot(iterations);
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
