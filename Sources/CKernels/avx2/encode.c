#if defined(__x86_64__)

#include "avx2/simd.h"
#include "common/linear_encode.h"
#include "common/linear_kernels.h"

LMK_AVX2_BEGIN

static uint32_t largest_magnitude(const float *x, uint64_t n) {
    __m256i largest = _mm256_setzero_si256();
    uint64_t i = 0;
    for (; i + LMK_VECTOR_FLOATS <= n; i += LMK_VECTOR_FLOATS) {
        __m256i bits = _mm256_castps_si256(_mm256_loadu_ps(x + i));
        largest = _mm256_max_epu32(largest, _mm256_and_si256(bits, _mm256_set1_epi32(LMK_MAGNITUDE_BITS)));
    }
    uint32_t lanes[LMK_VECTOR_FLOATS], result = lmk_largest_magnitude(x + i, n - i);
    _mm256_storeu_si256((__m256i *)lanes, largest);
    for (uint32_t lane = 0; lane < LMK_VECTOR_FLOATS; ++lane) {
        result = lanes[lane] > result ? lanes[lane] : result;
    }
    return result;
}

/// As lmk_encode_quads, for an inverse that is not 0.
static int32_t encode_quads(const float *x, uint64_t n, float inverse, uint8_t *quads, size_t stride) {
    const __m256 factor = _mm256_set1_ps(inverse);
    __m256i sums = _mm256_setzero_si256();
    uint64_t i = 0;
    for (; i + LMK_VECTOR_FLOATS <= n; i += LMK_VECTOR_FLOATS, quads += 2 * stride) {
        __m256i values = _mm256_cvtps_epi32(_mm256_mul_ps(_mm256_loadu_ps(x + i), factor));
        sums = _mm256_add_epi32(sums, values);
        // Packing works within 128-bit lanes: each ends up with its own quad in its first four bytes.
        __m256i words = _mm256_packs_epi32(values, values), bytes = _mm256_packs_epi16(words, words);
        lmk_store_u32(quads, (uint32_t)_mm_cvtsi128_si32(_mm256_castsi256_si128(bytes)));
        lmk_store_u32(quads + stride, (uint32_t)_mm_cvtsi128_si32(_mm256_extracti128_si256(bytes, 1)));
    }
    int32_t lanes[LMK_VECTOR_FLOATS], result = lmk_encode_quads(x + i, n - i, inverse, quads, stride);
    _mm256_storeu_si256((__m256i *)lanes, sums);
    for (uint32_t lane = 0; lane < LMK_VECTOR_FLOATS; ++lane) result += lanes[lane];
    return result;
}

void lmk_avx2_encode_int8(lmk_activations *a, uint32_t tile, uint32_t row_in_tile, const float *x) {
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

LMK_AVX2_END

#endif
