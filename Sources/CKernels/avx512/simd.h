// AVX-512 intrinsics and the small vocabulary that the linear kernels of this folder share.
// Functions between LMK_AVX512_BEGIN and LMK_AVX512_END are compiled for AVX-512 F, BW, VL and DQ whatever the
// build's flags are, those after LMK_AVX512_VNNI_BEGIN or LMK_AVX512_BF16_BEGIN for that feature too; the dispatcher
// calls them only on a CPU that has it. LMK_EMULATE_AVX512 builds the same sources on SIMDe for machines without
// AVX-512 (Tests/CKernelsEmulated).
#ifndef LMK_AVX512_SIMD_H
#define LMK_AVX512_SIMD_H

#include "common/linear_layout.h"

#if defined(LMK_EMULATE_AVX512)
#include "avx512_emulation.h"
#define LMK_AVX512_BEGIN
#define LMK_AVX512_VNNI_BEGIN
#define LMK_AVX512_BF16_BEGIN
#define LMK_AVX512_END
#else
#include <immintrin.h>
#define LMK_AVX512_FEATURES "avx512f,avx512bw,avx512vl,avx512dq,avx2,fma,f16c"
#define LMK_AVX512_PRAGMA(text) _Pragma(#text)
#define LMK_AVX512_PUSH(features)                                                                            \
    LMK_AVX512_PRAGMA(clang attribute push(__attribute__((target(features))), apply_to = function))
#define LMK_AVX512_BEGIN LMK_AVX512_PUSH(LMK_AVX512_FEATURES)
#define LMK_AVX512_VNNI_BEGIN LMK_AVX512_PUSH(LMK_AVX512_FEATURES ",avx512vnni")
#define LMK_AVX512_BF16_BEGIN LMK_AVX512_PUSH(LMK_AVX512_FEATURES ",avx512bf16")
#define LMK_AVX512_END _Pragma("clang attribute pop")
#endif

#define LMK_UNROLL _Pragma("clang loop unroll(full)")
#define LMK_INLINE static inline __attribute__((always_inline))

enum {
    LMK_VECTOR_BYTES = 64,
    LMK_VECTOR_FLOATS = 16,
    LMK_PANEL_VECTORS = LMK_PANEL / LMK_VECTOR_FLOATS,
    // Rows of every register tile: 8 x 32 columns are 16 of the 32 registers, which leaves room for the
    // unpacked weights. 12 x 32 and 6 x 64 measured slower.
    LMK_AVX512_TILE_ROWS = 8,
};

/// Row counts are constants of the kernels: accumulators then live in registers.
#define LMK_AVX512_EACH_ROWS(DO) DO(1) DO(2) DO(3) DO(4) DO(5) DO(6) DO(7) DO(8)

LMK_AVX512_BEGIN

LMK_INLINE __m512i lmk_load_bytes(const uint8_t *p) {
    return _mm512_loadu_si512((const void *)p);
}

LMK_INLINE __m512 lmk_load_halves(const uint8_t *p) {
    return _mm512_cvtph_ps(_mm256_loadu_si256((const __m256i *)p));
}

/// The four bytes at `p` in every 32-bit lane.
LMK_INLINE __m512i lmk_broadcast_word(const uint8_t *p) {
    return _mm512_set1_epi32((int)lmk_load_u32(p));
}

/// Fetches the 128 bytes, one row of a panel in words, that the stream reaches LMK_PREFETCH_BYTES later.
LMK_INLINE void lmk_prefetch_ahead(const uint8_t *p) {
    _mm_prefetch((const char *)p + LMK_PREFETCH_BYTES, _MM_HINT_T0);
    _mm_prefetch((const char *)p + LMK_PREFETCH_BYTES + 64, _MM_HINT_T0);
}

LMK_AVX512_END

#endif
