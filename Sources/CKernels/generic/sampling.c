#include <math.h>

#include "common/radix_sort.h"
#include "common/vector_kernels.h"

size_t lmk_generic_argmax(const float *x, size_t n) {
    size_t best = 0;
    for (size_t i = 1; i < n; i++)
        if (x[i] > x[best] || (isnan(x[best]) && !isnan(x[i]))) best = i;
    return best;
}

/// e^x for x <= 0 in double precision, rounded once: the same bits on every machine, which libm's are not.
/// 0 below -87.3 and for NaN.
static float power(float x) {
    if (!(x >= -87.33654f)) return 0;
    // 1.5 * 2^52 rounds to an integer and leaves it in the low bits of the sum.
    double y = x * 1.4426950408889634, shifted = y + 0x1.8p52, f = y - (shifted - 0x1.8p52);
    // Minimax polynomial of 2^f for |f| <= 1/2: relative error 2e-9.
    double p = 1.535336001e-4;
    p = p * f + 1.339887467e-3;
    p = p * f + 9.618437367e-3;
    p = p * f + 5.550332471e-2;
    p = p * f + 2.402264791e-1;
    p = p * f + 6.931472029e-1;
    p = p * f + 1;
    uint64_t bits;
    memcpy(&bits, &shifted, sizeof bits);
    uint64_t scale_bits = (bits << 52) + UINT64_C(0x3ff0000000000000);
    double scale;
    memcpy(&scale, &scale_bits, sizeof scale);
    return (float)(p * scale);
}

lmk_softmax lmk_generic_softmax_scan(const float *x, size_t n) {
    size_t best = lmk_generic_argmax(x, n);
    float maximum = n == 0 || isnan(x[best]) ? -INFINITY : x[best];
    double sum = 0;
    for (size_t i = 0; i < n; i++) sum += power(x[i] - maximum);
    return (lmk_softmax){best, maximum, sum};
}

void lmk_generic_copy_allowed(float *out, const float *x, size_t n, const uint64_t *allowed) {
    for (size_t i = 0; i < n; i++) out[i] = allowed[i / 64] >> i % 64 & 1 ? x[i] : -INFINITY;
}

void lmk_generic_block_maxima(const float *x, size_t n, float *maxima) {
    for (size_t i = 0; i < n; i++) {
        float *maximum = &maxima[i / LMK_MAXIMA_BLOCK];
        if (i % LMK_MAXIMA_BLOCK == 0) *maximum = -INFINITY;
        if (x[i] > *maximum) *maximum = x[i];
    }
}

size_t lmk_generic_at_least(const float *x, size_t n, const float *maxima, float bound, uint64_t *candidates) {
    (void)maxima;
    size_t count = 0;
    for (size_t i = 0; i < n; i++)
        if (x[i] >= bound) candidates[count++] = lmk_candidate(x[i], i);
    return count;
}

static uint64_t weight(float x, float maximum, float inverse_temperature) {
    const double scale = (double)(UINT64_C(1) << LMK_WEIGHT_BITS);
    return (uint64_t)rint(power((x - maximum) * inverse_temperature) * scale);
}

void lmk_generic_weights(const float *x, size_t n, float maximum, float inverse_temperature,
                         uint64_t *weights) {
    for (size_t i = 0; i < n; i++) weights[i] = weight(x[i], maximum, inverse_temperature);
}

void lmk_generic_weight_sums(const float *x, size_t n, float maximum, float inverse_temperature,
                             uint64_t *sums) {
    for (size_t i = 0; i < n; i++) {
        if (i % LMK_WEIGHTS_BLOCK == 0) sums[i / LMK_WEIGHTS_BLOCK] = 0;
        sums[i / LMK_WEIGHTS_BLOCK] += weight(x[i], maximum, inverse_temperature);
    }
}
