// NEON intrinsics and the small vocabulary that the linear kernels of this folder share.
// Functions between LMK_NEON_BEGIN and LMK_NEON_END are compiled for FEAT_DotProd whatever the build's flags
// are, those after LMK_NEON_I8MM_BEGIN or LMK_NEON_BF16_BEGIN for that feature too; the dispatcher calls them
// only on a CPU that has it.
#ifndef LMK_NEON_SIMD_H
#define LMK_NEON_SIMD_H

#include <arm_neon.h>

#include "common/linear_layout.h"

#define LMK_NEON_PRAGMA(text) _Pragma(#text)
#define LMK_NEON_PUSH(features)                                                                              \
    LMK_NEON_PRAGMA(clang attribute push(__attribute__((target(features))), apply_to = function))
#define LMK_NEON_BEGIN LMK_NEON_PUSH("dotprod")
#define LMK_NEON_I8MM_BEGIN LMK_NEON_PUSH("dotprod,i8mm")
#define LMK_NEON_BF16_BEGIN LMK_NEON_PUSH("dotprod,bf16")
#define LMK_NEON_END _Pragma("clang attribute pop")
#define LMK_UNROLL _Pragma("clang loop unroll(full)")
#define LMK_INLINE static inline __attribute__((always_inline))

enum {
    LMK_VECTOR_BYTES = 16,
    LMK_VECTOR_FLOATS = 4,
    LMK_PANEL_VECTORS = LMK_PANEL / LMK_VECTOR_FLOATS,
    // Rows of every register tile: 8 x 8 columns are 16 of the 32 registers, which cover the 4 x 4 dot
    // products in flight, and each step loads only 2 registers of weights and 2 of inputs.
    LMK_NEON_TILE_ROWS = 8,
};

/// Row counts are constants of the kernels: accumulators then live in registers. Few rows take more columns.
#define LMK_NEON_EACH_ROWS(DO) DO(1, 8) DO(2, 8) DO(3, 4) DO(4, 4) DO(5, 2) DO(6, 2) DO(7, 2) DO(8, 2)

LMK_NEON_BEGIN

LMK_INLINE float32x4_t lmk_load_halves(const uint8_t *p) {
    return vcvt_f32_f16(vreinterpret_f16_u8(vld1_u8(p)));
}

/// The words of `rows` rows that lie next to each other, one word of 32 bits for each row.
typedef struct lmk_row_words {
    uint32x4_t first;
    uint32x4_t last;
} lmk_row_words;

/// Reads no more than the rows' words. Fewer than four rows are read one by one, when they are used.
LMK_INLINE lmk_row_words lmk_load_row_words(const uint32_t rows, const uint8_t *p) {
    if (rows < 4) return (lmk_row_words){vdupq_n_u32(0), vdupq_n_u32(0)};
    return (lmk_row_words){
        .first = vreinterpretq_u32_u8(vld1q_u8(p)),
        .last = vreinterpretq_u32_u8(vld1q_u8(p + (rows - 4) * 4)),
    };
}

/// Row r's word in every lane: an instruction's by-element operand.
LMK_INLINE uint32x4_t lmk_row_word(const uint32_t rows, const lmk_row_words *words, const uint8_t *p,
                                   uint32_t r) {
    if (rows < 4) return vdupq_n_u32(lmk_load_u32(p + r * 4));
    return vdupq_n_u32(r < 4 ? words->first[r % 4] : words->last[(r + 4 - rows) % 4]);
}

/// Fetches the 128 bytes, one row of a panel in words, that the stream reaches LMK_PREFETCH_BYTES later.
LMK_INLINE void lmk_prefetch_ahead(const uint8_t *p) {
    __builtin_prefetch(p + LMK_PREFETCH_BYTES);
    __builtin_prefetch(p + LMK_PREFETCH_BYTES + 64);
}

LMK_NEON_END

#endif
