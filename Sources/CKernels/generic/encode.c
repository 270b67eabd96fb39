#include "common/convert.h"
#include "common/linear_encode.h"
#include "common/linear_kernels.h"

void lmk_generic_encode_fp32(lmk_activations *a, uint32_t tile, uint32_t row_in_tile, const float *x) {
    const lmk_encoded_row row = lmk_encoded_row_at(a, tile, row_in_tile);
    if (row.rows == 1) {
        memcpy(row.data, x, a->k * sizeof(float));
        return;
    }
    float *out = (float *)row.data;
    for (uint64_t k = 0; k < a->k; ++k) out[k * row.rows] = x[k];
}

void lmk_generic_encode_bf16(lmk_activations *a, uint32_t tile, uint32_t row_in_tile, const float *x) {
    const lmk_encoded_row row = lmk_encoded_row_at(a, tile, row_in_tile);
    for (uint64_t k = 0; k < a->k; k += 2) {
        const uint32_t even = lmk_narrow_to_bfloat16(x[k]);
        const uint32_t odd = k + 1 < a->k ? lmk_narrow_to_bfloat16(x[k + 1]) : 0;
        lmk_store_u32(row.data + k / 2 * row.stride, even | odd << 16);
    }
}

void lmk_generic_encode_int8(lmk_activations *a, uint32_t tile, uint32_t row_in_tile, const float *x) {
    const lmk_encoded_row row = lmk_encoded_row_at(a, tile, row_in_tile);
    for (uint32_t g = 0; g < a->groups; ++g) {
        const uint64_t first = (uint64_t)g * a->group, left = a->k - first;
        const uint64_t length = left < a->group ? left : a->group;
        const lmk_int8_step step = lmk_int8_step_for(lmk_largest_magnitude(x + first, length));
        uint8_t *quads = row.data + first / LMK_QUAD * row.stride;
        const int32_t sum = lmk_encode_quads(x + first, length, step.inverse, quads, row.stride);
        row.scale[(size_t)g * row.rows] = step.scale;
        row.scaled_sum[(size_t)g * row.rows] = step.scale * (float)sum;
    }
}
