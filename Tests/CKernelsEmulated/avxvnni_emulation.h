// AVX-VNNI's dot products in AVX2, for machines that cannot run them.
#ifndef LMK_AVXVNNI_EMULATION_H
#define LMK_AVXVNNI_EMULATION_H

#include <immintrin.h>

#define EMULATION static inline __attribute__((always_inline, unused, target("avx2")))

/// Products of u8 x s8 reach 32640, and four of them 32 bits: even and odd bytes are multiplied as int16.
EMULATION __m256i emulated_dpbusd(__m256i sum, __m256i a, __m256i b) {
    const __m256i even_a = _mm256_and_si256(a, _mm256_set1_epi16(255)), odd_a = _mm256_srli_epi16(a, 8);
    const __m256i even_b = _mm256_srai_epi16(_mm256_slli_epi16(b, 8), 8), odd_b = _mm256_srai_epi16(b, 8);
    const __m256i even = _mm256_madd_epi16(even_a, even_b), odd = _mm256_madd_epi16(odd_a, odd_b);
    return _mm256_add_epi32(sum, _mm256_add_epi32(even, odd));
}
#undef _mm256_dpbusd_avx_epi32
#define _mm256_dpbusd_avx_epi32 emulated_dpbusd

EMULATION __m256i emulated_dpwssd(__m256i sum, __m256i a, __m256i b) {
    return _mm256_add_epi32(sum, _mm256_madd_epi16(a, b));
}
#undef _mm256_dpwssd_avx_epi32
#define _mm256_dpwssd_avx_epi32 emulated_dpwssd

#endif
