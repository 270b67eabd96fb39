#if defined(__aarch64__)

#include "common/table.h"
#include "neon/simd.h"

#define TILE_ROWS LMK_NEON_TILE_ROWS

const lmk_kernels lmk_kernels_neon = {
    .isa = LMK_ISA_NEON,
    .tile_rows = {TILE_ROWS, TILE_ROWS, TILE_ROWS, TILE_ROWS, TILE_ROWS},
    LMK_ENCODINGS(neon, LMK_ENCODE_FP32),
    .linear_panel = {
        [LMK_FP32] = lmk_neon_linear_fp32,
        [LMK_FP16] = lmk_neon_linear_fp16,
        [LMK_BF16] = lmk_neon_linear_bf16,
        [LMK_W8] = lmk_neon_linear_w8,
        [LMK_W4] = lmk_neon_linear_w4,
    },
    LMK_ATTENTION_KERNELS(neon),
    LMK_OTHER_KERNELS(neon),
};

const lmk_kernels lmk_kernels_neon_i8mm = {
    .isa = LMK_ISA_NEON,
    .tile_rows = {TILE_ROWS, TILE_ROWS, TILE_ROWS, TILE_ROWS, TILE_ROWS},
    LMK_ENCODINGS(neon, LMK_ENCODE_FP32),
    .linear_panel = {
        [LMK_FP32] = lmk_neon_linear_fp32,
        [LMK_FP16] = lmk_neon_linear_fp16,
        [LMK_BF16] = lmk_neon_linear_bf16,
        [LMK_W8] = lmk_neon_linear_w8_i8mm,
        [LMK_W4] = lmk_neon_linear_w4_i8mm,
    },
    LMK_ATTENTION_KERNELS(neon),
    LMK_OTHER_KERNELS(neon),
};

const lmk_kernels lmk_kernels_neon_bf16 = {
    .isa = LMK_ISA_NEON,
    .tile_rows = {TILE_ROWS, TILE_ROWS, TILE_ROWS, TILE_ROWS, TILE_ROWS},
    LMK_ENCODINGS(neon, LMK_ENCODE_BF16),
    .linear_panel = {
        [LMK_FP32] = lmk_neon_linear_fp32,
        [LMK_FP16] = lmk_neon_linear_fp16,
        [LMK_BF16] = lmk_neon_linear_bf16_mmla,
        [LMK_W8] = lmk_neon_linear_w8_i8mm,
        [LMK_W4] = lmk_neon_linear_w4_i8mm,
    },
    LMK_ATTENTION_KERNELS(neon),
    LMK_OTHER_KERNELS(neon),
};

#endif
