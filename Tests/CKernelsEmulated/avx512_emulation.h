// AVX-512 intrinsics in portable code, for machines that cannot run them: SIMDe under the native names.
// Added below are the intrinsics that SIMDe 0.7.4 lacks, and a multiply-add that is really fused.
// Compile with AVX2, FMA and F16C enabled: vectors of 256 bits are native.
#ifndef LMK_AVX512_EMULATION_H
#define LMK_AVX512_EMULATION_H

#define SIMDE_ENABLE_NATIVE_ALIASES
#include <simde/x86/avx512.h>
#include <simde/x86/f16c.h>

#include <string.h>

#define EMULATION static inline __attribute__((always_inline, unused))

typedef float emulated_floats __attribute__((vector_size(64)));
typedef int32_t emulated_ints __attribute__((vector_size(64)));

EMULATION __m512 emulated_fmadd_ps(__m512 a, __m512 b, __m512 c) {
    return (__m512)__builtin_elementwise_fma((emulated_floats)a, (emulated_floats)b, (emulated_floats)c);
}
#undef _mm512_fmadd_ps
#define _mm512_fmadd_ps emulated_fmadd_ps

EMULATION __m512 emulated_cvtepi32_ps(__m512i a) {
    return (__m512)__builtin_convertvector((emulated_ints)a, emulated_floats);
}
#undef _mm512_cvtepi32_ps
#define _mm512_cvtepi32_ps emulated_cvtepi32_ps

EMULATION __m512i emulated_cvtps_epi32(__m512 a) {
    float in[16];
    int32_t out[16];
    memcpy(in, &a, sizeof in);
    for (int half = 0; half < 2; ++half) {
        _mm256_storeu_si256((__m256i *)(out + 8 * half), _mm256_cvtps_epi32(_mm256_loadu_ps(in + 8 * half)));
    }
    __m512i result;
    memcpy(&result, out, sizeof result);
    return result;
}
#undef _mm512_cvtps_epi32
#define _mm512_cvtps_epi32 emulated_cvtps_epi32

EMULATION __m512 emulated_cvtph_ps(__m256i a) {
    float out[16];
    _mm256_storeu_ps(out, _mm256_cvtph_ps(_mm256_castsi256_si128(a)));
    _mm256_storeu_ps(out + 8, _mm256_cvtph_ps(_mm256_extracti128_si256(a, 1)));
    __m512 result;
    memcpy(&result, out, sizeof result);
    return result;
}
#undef _mm512_cvtph_ps
#define _mm512_cvtph_ps emulated_cvtph_ps

// The products of bytes without VNNI, in halves of AVX2.
#define EMULATE_HALVES(name, half)                                                                           \
    EMULATION __m512i name(__m512i a, __m512i b) {                                                           \
        __m256i halves[2][2];                                                                                \
        __m512i result;                                                                                      \
        memcpy(halves[0], &a, sizeof a);                                                                     \
        memcpy(halves[1], &b, sizeof b);                                                                     \
        for (int i = 0; i < 2; ++i) halves[0][i] = half(halves[0][i], halves[1][i]);                         \
        memcpy(&result, halves[0], sizeof result);                                                           \
        return result;                                                                                       \
    }
EMULATE_HALVES(emulated_maddubs_epi16, _mm256_maddubs_epi16)
#undef _mm512_maddubs_epi16
#define _mm512_maddubs_epi16 emulated_maddubs_epi16
EMULATE_HALVES(emulated_madd_epi16, _mm256_madd_epi16)
#undef _mm512_madd_epi16
#define _mm512_madd_epi16 emulated_madd_epi16
#undef EMULATE_HALVES

EMULATION __m256i emulated_maskz_loadu_epi32(uint8_t mask, const void *p) {
    int32_t lanes[8] = {0};
    for (int lane = 0; lane < 8; ++lane) {
        if (mask >> lane & 1) memcpy(lanes + lane, (const uint8_t *)p + 4 * lane, 4);
    }
    return _mm256_loadu_si256((const __m256i *)lanes);
}
#undef _mm256_maskz_loadu_epi32
#define _mm256_maskz_loadu_epi32 emulated_maskz_loadu_epi32

#endif
