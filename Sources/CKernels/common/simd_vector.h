// A small vector vocabulary over the compiler's vector types. An instruction set's `vector.h` chooses
// LMK_LANES and LMK_TARGET; the kernels in `simd_*.h` are then written once for every width.
// Everything here is exact or correctly rounded per lane, so widths differ only in the order of sums.
#ifndef LMK_SIMD_VECTOR_H
#define LMK_SIMD_VECTOR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#define LMK_STRING(text) #text
#define LMK_PRAGMA(text) _Pragma(LMK_STRING(text))
#define LMK_VECTOR_BEGIN \
    LMK_PRAGMA(clang attribute push(__attribute__((target(LMK_TARGET))), apply_to = function))
#define LMK_VECTOR_END _Pragma("clang attribute pop")
#define LMK_INLINE static inline __attribute__((always_inline, unused))
#define LMK_UNROLL _Pragma("clang loop unroll(full)")

// A product that the compiler fuses in one copy of a kernel and not in another would break the
// promise of equal bits; where a fused multiply-add is wanted, it is written.
#pragma STDC FP_CONTRACT OFF

typedef float vfloat __attribute__((vector_size(LMK_LANES * 4)));
typedef int32_t vint __attribute__((vector_size(LMK_LANES * 4)));
typedef uint32_t vuint __attribute__((vector_size(LMK_LANES * 4)));
typedef _Float16 vhalf __attribute__((vector_size(LMK_LANES * 2)));
typedef int32_t vint_half __attribute__((vector_size(LMK_LANES * 2)));
typedef uint8_t vbytes __attribute__((vector_size(LMK_LANES)));
typedef uint16_t vuhalf __attribute__((vector_size(LMK_LANES * 2)));
typedef int16_t vwords __attribute__((vector_size(LMK_LANES * 4)));
typedef uint16_t vuwords __attribute__((vector_size(LMK_LANES * 4)));
typedef float vfloat_unaligned __attribute__((vector_size(LMK_LANES * 4), aligned(4), may_alias));
typedef int32_t vint_unaligned __attribute__((vector_size(LMK_LANES * 4), aligned(4), may_alias));
typedef uint16_t vuwords_unaligned __attribute__((vector_size(LMK_LANES * 4), aligned(1), may_alias));
typedef _Float16 vhalf_unaligned __attribute__((vector_size(LMK_LANES * 2), aligned(2), may_alias));
typedef uint16_t vuhalf_unaligned __attribute__((vector_size(LMK_LANES * 2), aligned(2), may_alias));

LMK_VECTOR_BEGIN

LMK_INLINE vfloat vload(const float *p) { return *(const vfloat_unaligned *)p; }
LMK_INLINE void vstore(float *p, vfloat x) { *(vfloat_unaligned *)p = x; }
LMK_INLINE vint vload_ints(const void *p) { return *(const vint_unaligned *)p; }
LMK_INLINE void vstore_ints(void *p, vint x) { *(vint_unaligned *)p = x; }
LMK_INLINE vuwords vload_words(const uint8_t *p) { return *(const vuwords_unaligned *)p; }
LMK_INLINE vfloat vload_half(const uint16_t *p) {
    return __builtin_convertvector(*(const vhalf_unaligned *)p, vfloat);
}
LMK_INLINE void vstore_half(uint16_t *p, vfloat x) {
    *(vhalf_unaligned *)p = __builtin_convertvector(x, vhalf);
}

LMK_INLINE vfloat vload_bfloat16(const uint16_t *p) {
    return (vfloat)(__builtin_convertvector(*(const vuhalf_unaligned *)p, vuint) << 16);
}
/// Rounds to nearest even; x must not be NaN.
LMK_INLINE void vstore_bfloat16(uint16_t *p, vfloat x) {
    vuint bits = (vuint)x;
    *(vuhalf_unaligned *)p = __builtin_convertvector((bits + 0x7fff + (bits >> 16 & 1)) >> 16, vuhalf);
}

/// The first `count` < LMK_LANES elements, zeros behind them.
LMK_INLINE vfloat vload_first(const float *p, size_t count) {
    float lanes[LMK_LANES] = {0};
    memcpy(lanes, p, count * sizeof(float));
    return vload(lanes);
}
LMK_INLINE void vstore_first(float *p, vfloat x, size_t count) {
    float lanes[LMK_LANES];
    vstore(lanes, x);
    memcpy(p, lanes, count * sizeof(float));
}

// Subtracting zero, unlike adding it, keeps every x (also -0), so the compiler drops it.
LMK_INLINE vfloat vsplat(float x) { return x - (vfloat){0}; }
LMK_INLINE vfloat vfma(vfloat a, vfloat b, vfloat c) { return __builtin_elementwise_fma(a, b, c); }
LMK_INLINE vfloat vselect(vint mask, vfloat yes, vfloat no) {
    return (vfloat)((mask & (vint)yes) | (~mask & (vint)no));
}
/// Elements of `b` where `a` is NaN.
LMK_INLINE vfloat vlarger(vfloat a, vfloat b) { return vselect(a > b, a, b); }
LMK_INLINE bool vany(vint mask) { return __builtin_reduce_or(mask) != 0; }
/// All ones in the first `count` lanes.
LMK_INLINE vint vfirst_lanes(size_t count) {
    static const int32_t numbers[16] = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15};
    vint lane;
    memcpy(&lane, numbers, sizeof lane);
    return lane < (int32_t)count;
}

// Neighbours at distance lanes/2, then lanes/4, ...: one fixed tree.
#if LMK_LANES == 16
#define LMK_FOLD(x, combine)                                                                              \
    x = combine(x, __builtin_shufflevector(x, x, 8, 9, 10, 11, 12, 13, 14, 15, 0, 1, 2, 3, 4, 5, 6, 7));  \
    x = combine(x, __builtin_shufflevector(x, x, 4, 5, 6, 7, 0, 1, 2, 3, 12, 13, 14, 15, 8, 9, 10, 11));  \
    x = combine(x, __builtin_shufflevector(x, x, 2, 3, 0, 1, 6, 7, 4, 5, 10, 11, 8, 9, 14, 15, 12, 13));  \
    x = combine(x, __builtin_shufflevector(x, x, 1, 0, 3, 2, 5, 4, 7, 6, 9, 8, 11, 10, 13, 12, 15, 14));
#else
#define LMK_FOLD(x, combine)                                                 \
    x = combine(x, __builtin_shufflevector(x, x, 4, 5, 6, 7, 0, 1, 2, 3));   \
    x = combine(x, __builtin_shufflevector(x, x, 2, 3, 0, 1, 6, 7, 4, 5));   \
    x = combine(x, __builtin_shufflevector(x, x, 1, 0, 3, 2, 5, 4, 7, 6));
#endif

LMK_INLINE vfloat vadd(vfloat a, vfloat b) { return a + b; }
LMK_INLINE float sum_of_lanes(vfloat x) {
    LMK_FOLD(x, vadd)
    return x[0];
}
LMK_INLINE float largest_lane(vfloat x) {
    LMK_FOLD(x, vlarger)
    return x[0];
}

/// 2^(n + f) for integral n and |f| <= 1/2; `n_bits` holds n in its low nine bits.
LMK_INLINE vfloat scaled_power(vuint n_bits, vfloat f) {
    // Minimax polynomial of 2^f, constant term fixed to 1: relative error 2e-9, below fp32's rounding.
    vfloat p = vsplat(1.535336001e-4f);
    p = vfma(p, f, vsplat(1.339887467e-3f));
    p = vfma(p, f, vsplat(9.618437367e-3f));
    p = vfma(p, f, vsplat(5.550332471e-2f));
    p = vfma(p, f, vsplat(2.402264791e-1f));
    p = vfma(p, f, vsplat(6.931472029e-1f));
    p = vfma(p, f, vsplat(1.0f));
    return p * (vfloat)((n_bits << 23) + 0x3f800000u);
}

// Adding 1.5 * 2^23 rounds to an integer and leaves that integer in the low bits of the sum.
static const float lmk_round_magic = 12582912.0f;

/// The integer nearest to x, the even one of two, for magnitudes below 2^22. A NaN gives some integer.
LMK_INLINE vint vround(vfloat x) { return (vint)(x + lmk_round_magic) - 0x4b400000; }

/// 2^x within 2 units in the last place for x <= 0: 0 below -126, NaN for NaN.
LMK_INLINE vfloat vexp2_of_nonpositive(vfloat x) {
    vfloat shifted = x + lmk_round_magic;
    vfloat power = scaled_power((vuint)shifted, x - (shifted - lmk_round_magic));
    return vselect(x < -126.0f, vsplat(0), power);
}

/// e^x within 2 units in the last place: 0 below -87.3, infinity above 88.4, NaN for NaN.
LMK_INLINE vfloat vexp(vfloat x) {
    const float log2_e = 1.44269504f;
    // ln 2 in two parts, so that n * ln 2 is exact enough to subtract from x.
    const float ln2_high = 0.693359375f, ln2_low = -2.12194440e-4f;
    vfloat y = vselect(x > 88.72284f, vsplat(88.72284f), x);
    vfloat shifted = vfma(y, vsplat(log2_e), vsplat(lmk_round_magic));
    vfloat n = shifted - lmk_round_magic;
    vfloat rest = vfma(n, vsplat(-ln2_high), y);
    rest = vfma(n, vsplat(-ln2_low), rest);
    return vselect(x < -87.33654f, vsplat(0), scaled_power((vuint)shifted, rest * log2_e));
}

LMK_VECTOR_END

#endif
