#if defined(__aarch64__)
#include "common/vector_kernels.h"
#include "neon/simd.h"

LMK_NEON_BEGIN

// More than latency x throughput of any multiply-add (4 cycles x 4 per cycle), within 32 registers.
enum { CHAINS = 20 };

static double fp32(uint64_t iterations) {
    float32x4_t sums[CHAINS], factor = vdupq_n_f32(0.5f), term = vdupq_n_f32(0.25f);
    __asm__ volatile("" : "+w"(factor), "+w"(term));
    LMK_UNROLL for (int chain = 0; chain < CHAINS; chain++) sums[chain] = vdupq_n_f32((float)chain);
    for (uint64_t i = 0; i < iterations; i++)
        LMK_UNROLL for (int chain = 0; chain < CHAINS; chain++) {
            sums[chain] = vfmaq_f32(sums[chain], factor, term);
            __asm__ volatile("" : "+w"(sums[chain]));
        }
    LMK_UNROLL for (int chain = 1; chain < CHAINS; chain++) sums[0] = vaddq_f32(sums[0], sums[chain]);
    volatile float sink = vaddvq_f32(sums[0]);
    (void)sink;
    return (double)iterations * CHAINS * LMK_VECTOR_FLOATS * 2;
}

#define DEFINE_INT8(NAME, PRODUCT, OPERATIONS)                                                               \
    static double NAME(uint64_t iterations) {                                                                \
        int32x4_t sums[CHAINS];                                                                              \
        int8x16_t weights = vdupq_n_s8(2), inputs = vdupq_n_s8(1);                                           \
        LMK_UNROLL for (int chain = 0; chain < CHAINS; chain++) sums[chain] = vdupq_n_s32(chain);            \
        for (uint64_t i = 0; i < iterations; i++)                                                            \
            LMK_UNROLL for (int chain = 0; chain < CHAINS; chain++) {                                        \
                __asm__ volatile("" : "+w"(weights), "+w"(inputs));                                          \
                sums[chain] = PRODUCT(sums[chain], weights, inputs);                                         \
            }                                                                                                \
        LMK_UNROLL for (int chain = 1; chain < CHAINS; chain++) sums[0] = vaddq_s32(sums[0], sums[chain]);   \
        volatile int sink = vaddvq_s32(sums[0]);                                                             \
        (void)sink;                                                                                          \
        return (double)iterations * CHAINS * OPERATIONS;                                                     \
    }
DEFINE_INT8(int8_dot, vdotq_s32, 16 * 2)

LMK_NEON_END
LMK_NEON_I8MM_BEGIN
DEFINE_INT8(int8_squares, vmmlaq_s32, 32 * 2)
LMK_NEON_END
LMK_NEON_BF16_BEGIN

static double bf16_dot(uint64_t iterations) {
    float32x4_t sums[CHAINS];
    uint16x8_t half = vdupq_n_u16(0x3f00);
    LMK_UNROLL for (int chain = 0; chain < CHAINS; chain++) sums[chain] = vdupq_n_f32((float)chain);
    for (uint64_t i = 0; i < iterations; i++)
        LMK_UNROLL for (int chain = 0; chain < CHAINS; chain++) {
            __asm__ volatile("" : "+w"(half));
            const bfloat16x8_t halves = vreinterpretq_bf16_u16(half);
            sums[chain] = vbfmmlaq_f32(sums[chain], halves, halves);
        }
    LMK_UNROLL for (int chain = 1; chain < CHAINS; chain++) sums[0] = vaddq_f32(sums[0], sums[chain]);
    volatile float sink = vaddvq_f32(sums[0]);
    (void)sink;
    return (double)iterations * CHAINS * 16 * 2;
}

LMK_NEON_END
LMK_NEON_BEGIN

double lmk_neon_ceiling_run(lmk_ceiling what, uint64_t iterations) {
    switch (what) {
    case LMK_CEILING_INT8_DOT: return lmk_cpu_has_i8mm() ? int8_squares(iterations) : int8_dot(iterations);
    // Both operands of these products are signed.
    case LMK_CEILING_INT8_SIGNED_DOT: return lmk_cpu_has_i8mm() ? int8_squares(iterations) : int8_dot(iterations);
    // A factor of 16 bits is two of 8 bits, as in `attention_levels.h`: two products count as one.
    case LMK_CEILING_INT16_DOT: return int8_dot(iterations) / 2;
    case LMK_CEILING_FP32: return fp32(iterations);
    case LMK_CEILING_BF16_DOT: return lmk_cpu_has_bf16() ? bf16_dot(iterations) : 0;
    }
    return 0;
}

uint64_t lmk_neon_ceiling_read(const void *data, size_t bytes) {
    const uint8_t *p = data;
    uint8x16_t sums[4] = {vdupq_n_u8(0), vdupq_n_u8(0), vdupq_n_u8(0), vdupq_n_u8(0)};
    for (size_t i = 0; i < bytes; i += 256) {
        // 4 KiB ahead covers 100 ns of latency at 40 GB/s.
        LMK_UNROLL for (int line = 0; line < 256; line += 64) __builtin_prefetch(p + i + 4096 + line);
        LMK_UNROLL for (int v = 0; v < 16; v++) {
            sums[v % 4] = veorq_u8(sums[v % 4], vld1q_u8(p + i + LMK_VECTOR_BYTES * v));
        }
    }
    const uint8x16_t all = veorq_u8(veorq_u8(sums[0], sums[1]), veorq_u8(sums[2], sums[3]));
    const uint64x2_t words = vreinterpretq_u64_u8(all);
    return words[0] ^ words[1];
}

LMK_NEON_END
#endif
