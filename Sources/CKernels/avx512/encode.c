#if defined(__x86_64__)

#include "avx512/simd.h"
#include "common/linear_encode.h"
#include "common/linear_kernels.h"

LMK_AVX512_BEGIN

static uint32_t largest_magnitude(const float *x, uint64_t n) {
    __m512i largest = _mm512_setzero_si512();
    uint64_t i = 0;
    for (; i + LMK_VECTOR_FLOATS <= n; i += LMK_VECTOR_FLOATS) {
        __m512i bits = _mm512_castps_si512(_mm512_loadu_ps(x + i));
        largest = _mm512_max_epu32(largest, _mm512_and_si512(bits, _mm512_set1_epi32(LMK_MAGNITUDE_BITS)));
    }
    uint32_t lanes[LMK_VECTOR_FLOATS], result = lmk_largest_magnitude(x + i, n - i);
    _mm512_storeu_si512((void *)lanes, largest);
    for (uint32_t lane = 0; lane < LMK_VECTOR_FLOATS; ++lane) {
        result = lanes[lane] > result ? lanes[lane] : result;
    }
    return result;
}

/// As lmk_encode_quads, for an inverse that is not 0.
static int32_t encode_quads(const float *x, uint64_t n, float inverse, uint8_t *quads, size_t stride) {
    const __m512 factor = _mm512_set1_ps(inverse);
    __m512i sums = _mm512_setzero_si512();
    uint64_t i = 0;
    for (; i + LMK_VECTOR_FLOATS <= n; i += LMK_VECTOR_FLOATS, quads += 4 * stride) {
        __m512i values = _mm512_cvtps_epi32(_mm512_mul_ps(_mm512_loadu_ps(x + i), factor));
        __m128i bytes = _mm512_cvtsepi32_epi8(values);
        sums = _mm512_add_epi32(sums, values);
        lmk_store_u32(quads, (uint32_t)_mm_extract_epi32(bytes, 0));
        lmk_store_u32(quads + stride, (uint32_t)_mm_extract_epi32(bytes, 1));
        lmk_store_u32(quads + 2 * stride, (uint32_t)_mm_extract_epi32(bytes, 2));
        lmk_store_u32(quads + 3 * stride, (uint32_t)_mm_extract_epi32(bytes, 3));
    }
    int32_t lanes[LMK_VECTOR_FLOATS], result = lmk_encode_quads(x + i, n - i, inverse, quads, stride);
    _mm512_storeu_si512((void *)lanes, sums);
    for (uint32_t lane = 0; lane < LMK_VECTOR_FLOATS; ++lane) result += lanes[lane];
    return result;
}

void lmk_avx512_encode_int8(lmk_activations *a, uint32_t tile, uint32_t row_in_tile, const float *x) {
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

LMK_AVX512_END

#endif
