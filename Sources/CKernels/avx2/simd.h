// AVX2 intrinsics and the small vocabulary that the linear kernels of this folder share.
// Functions between LMK_AVX2_BEGIN and LMK_AVX2_END are compiled for AVX2, FMA and F16C whatever the
// build's flags are; the dispatcher calls them only on a CPU that has those.
#ifndef LMK_AVX2_SIMD_H
#define LMK_AVX2_SIMD_H

#include <immintrin.h>

#include "common/linear_layout.h"

#define LMK_AVX2_BEGIN                                                                                       \
    _Pragma("clang attribute push(__attribute__((target(\"avx2,fma,f16c\"))), apply_to=function)")
#define LMK_AVX2_END _Pragma("clang attribute pop")
#define LMK_UNROLL _Pragma("clang loop unroll(full)")
#define LMK_INLINE static inline __attribute__((always_inline))

enum {
    LMK_VECTOR_BYTES = 32,
    LMK_VECTOR_FLOATS = 8,
    LMK_PANEL_VECTORS = LMK_PANEL / LMK_VECTOR_FLOATS,
};

LMK_AVX2_BEGIN

LMK_INLINE __m256i lmk_load_bytes(const uint8_t *p) {
    return _mm256_loadu_si256((const __m256i *)p);
}

LMK_INLINE __m256 lmk_load_halves(const uint8_t *p) {
    return _mm256_cvtph_ps(_mm_loadu_si128((const __m128i *)p));
}

/// The four int8 at `p` in every 32-bit lane.
LMK_INLINE __m256i lmk_broadcast_quad(const uint8_t *p) {
    return _mm256_set1_epi32((int)lmk_load_u32(p));
}

/// Pins an integer accumulator to a register. Integer sums are associative, and the compiler otherwise
/// rebalances an unrolled chain of them into a tree that spills.
LMK_INLINE __m256i lmk_keep(__m256i v) {
    __asm__("" : "+x"(v));
    return v;
}

/// Fetches the 128 bytes, one row of a panel in words, that the stream reaches LMK_PREFETCH_BYTES later.
LMK_INLINE void lmk_prefetch_ahead(const uint8_t *p) {
    _mm_prefetch((const char *)p + LMK_PREFETCH_BYTES, _MM_HINT_T0);
    _mm_prefetch((const char *)p + LMK_PREFETCH_BYTES + 64, _MM_HINT_T0);
}

LMK_AVX2_END

#endif
