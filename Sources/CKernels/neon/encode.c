#if defined(__aarch64__)

#include "common/linear_encode.h"
#include "common/linear_kernels.h"
#include "neon/simd.h"

LMK_NEON_BEGIN

static uint32_t largest_magnitude(const float *x, uint64_t n) {
    uint32x4_t largest = vdupq_n_u32(0);
    uint64_t i = 0;
    for (; i + LMK_VECTOR_FLOATS <= n; i += LMK_VECTOR_FLOATS) {
        uint32x4_t bits = vreinterpretq_u32_f32(vld1q_f32(x + i));
        largest = vmaxq_u32(largest, vandq_u32(bits, vdupq_n_u32(LMK_MAGNITUDE_BITS)));
    }
    const uint32_t result = vmaxvq_u32(largest), rest = lmk_largest_magnitude(x + i, n - i);
    return rest > result ? rest : result;
}

/// As lmk_encode_quads, for an inverse that is not 0.
static int32_t encode_quads(const float *x, uint64_t n, float inverse, uint8_t *quads, size_t stride) {
    enum { STEP = 4 * LMK_VECTOR_FLOATS };
    int32x4_t sums = vdupq_n_s32(0);
    uint64_t i = 0;
    for (; i + STEP <= n; i += STEP, quads += 4 * stride) {
        int32x4_t values[4];
        LMK_UNROLL for (uint32_t v = 0; v < 4; ++v) {
            values[v] = vcvtnq_s32_f32(vmulq_n_f32(vld1q_f32(x + i + v * LMK_VECTOR_FLOATS), inverse));
            sums = vaddq_s32(sums, values[v]);
        }
        int16x8_t low = vcombine_s16(vmovn_s32(values[0]), vmovn_s32(values[1]));
        int16x8_t high = vcombine_s16(vmovn_s32(values[2]), vmovn_s32(values[3]));
        uint32x4_t bytes = vreinterpretq_u32_s8(vcombine_s8(vmovn_s16(low), vmovn_s16(high)));
        LMK_UNROLL for (uint32_t v = 0; v < 4; ++v) lmk_store_u32(quads + v * stride, bytes[v]);
    }
    return vaddvq_s32(sums) + lmk_encode_quads(x + i, n - i, inverse, quads, stride);
}

void lmk_neon_encode_int8(lmk_activations *a, uint32_t tile, uint32_t row_in_tile, const float *x) {
    lmk_encoded_row row = lmk_encoded_row_at(a, tile, row_in_tile);
    for (uint32_t g = 0; g < a->groups; ++g) {
        const uint64_t first = (uint64_t)g * a->group, left = a->k - first;
        const uint64_t length = left < a->group ? left : a->group;
        const lmk_int8_step step = lmk_int8_step_for(largest_magnitude(x + first, length));
        uint8_t *quads = row.data + first / LMK_QUAD * row.stride;
        const int32_t sum = step.inverse == 0
                                ? lmk_encode_quads(x + first, length, 0, quads, row.stride)
                                : encode_quads(x + first, length, step.inverse, quads, row.stride);
        row.scale[(size_t)g * row.rows] = step.scale;
        row.scaled_sum[(size_t)g * row.rows] = step.scale * (float)sum;
    }
}

LMK_NEON_END

#endif
