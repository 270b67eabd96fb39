#if defined(__x86_64__)

#include "common/table.h"

// Tile rows are LMK_AVX512_TILE_ROWS.
const lmk_kernels lmk_kernels_avx512 = {
    .isa = LMK_ISA_AVX512,
    .tile_rows = {[LMK_FP32] = 8, [LMK_FP16] = 8, [LMK_BF16] = 8, [LMK_W8] = 8, [LMK_W4] = 8},
    LMK_ENCODINGS(avx512, LMK_ENCODE_FP32),
    .linear_panel = {
        [LMK_FP32] = lmk_avx512_linear_fp32,
        [LMK_FP16] = lmk_avx512_linear_fp16,
        [LMK_BF16] = lmk_avx512_linear_bf16,
        [LMK_W8] = lmk_avx512_linear_w8,
        [LMK_W4] = lmk_avx512_linear_w4,
    },
    LMK_ATTENTION_KERNELS(avx512),
    LMK_OTHER_KERNELS(avx512),
};

const lmk_kernels lmk_kernels_avx512_bf16 = {
    .isa = LMK_ISA_AVX512,
    .tile_rows = {[LMK_FP32] = 8, [LMK_FP16] = 8, [LMK_BF16] = 8, [LMK_W8] = 8, [LMK_W4] = 8},
    LMK_ENCODINGS(avx512, LMK_ENCODE_BF16),
    .linear_panel = {
        [LMK_FP32] = lmk_avx512_linear_fp32,
        [LMK_FP16] = lmk_avx512_linear_fp16,
        [LMK_BF16] = lmk_avx512_linear_bf16_dot,
        [LMK_W8] = lmk_avx512_linear_w8,
        [LMK_W4] = lmk_avx512_linear_w4,
    },
    LMK_ATTENTION_KERNELS(avx512),
    LMK_OTHER_KERNELS(avx512),
};

#endif
