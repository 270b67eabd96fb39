#include <string.h>

#include "common/vector_kernels.h"

enum { LANES = 32 };

static double int8_dot(uint64_t iterations) {
    volatile int8_t seed = 3;
    int8_t weights[4 * LANES], activations[4 * LANES];
    uint32_t sums[LANES] = {0};
    memset(weights, seed, sizeof weights);
    memset(activations, seed, sizeof activations);
    for (uint64_t i = 0; i < iterations; i++) {
        // Without this the compiler would multiply once and scale the result.
        __asm__ volatile("" : : "r"(weights), "r"(activations) : "memory");
        for (int lane = 0; lane < LANES; lane++)
            for (int j = 0; j < 4; j++)
                sums[lane] += (uint32_t)(weights[4 * lane + j] * activations[4 * lane + j]);
    }
    volatile uint32_t sink = sums[0];
    (void)sink;
    return (double)iterations * LANES * 4 * 2;
}

static double int16_dot(uint64_t iterations) {
    int16_t weights[2 * LANES], activations[2 * LANES];
    uint32_t sums[LANES] = {0};
    memset(weights, 1, sizeof weights);
    memset(activations, 1, sizeof activations);
    for (uint64_t i = 0; i < iterations; i++) {
        __asm__ volatile("" : : "r"(weights), "r"(activations) : "memory");
        for (int lane = 0; lane < LANES; lane++)
            for (int j = 0; j < 2; j++)
                sums[lane] += (uint32_t)(weights[2 * lane + j] * activations[2 * lane + j]);
    }
    volatile uint32_t sink = sums[0];
    (void)sink;
    return (double)iterations * LANES * 2 * 2;
}

static double fp32(uint64_t iterations) {
    volatile float seed = 1e-3f;
    float sums[LANES], factor = seed, term = seed;
    for (int lane = 0; lane < LANES; lane++) sums[lane] = seed * (float)lane;
    for (uint64_t i = 0; i < iterations; i++)
        for (int lane = 0; lane < LANES; lane++) sums[lane] = sums[lane] * factor + term;
    volatile float sink = 0;
    for (int lane = 0; lane < LANES; lane++) sink = sink + sums[lane];
    return (double)iterations * LANES * 2;
}

double lmk_generic_ceiling_run(lmk_ceiling what, uint64_t iterations) {
    switch (what) {
    case LMK_CEILING_INT8_DOT:
    case LMK_CEILING_INT8_SIGNED_DOT: return int8_dot(iterations);
    case LMK_CEILING_INT16_DOT: return int16_dot(iterations);
    case LMK_CEILING_FP32: return fp32(iterations);
    case LMK_CEILING_BF16_DOT: return 0;
    }
    return 0;
}

uint64_t lmk_generic_ceiling_read(const void *data, size_t bytes) {
    const uint64_t *words = data;
    uint64_t sums[4] = {0};
    for (size_t i = 0; i < bytes / sizeof(uint64_t); i += 4)
        for (int lane = 0; lane < 4; lane++) sums[lane] ^= words[i + lane];
    return sums[0] ^ sums[1] ^ sums[2] ^ sums[3];
}
