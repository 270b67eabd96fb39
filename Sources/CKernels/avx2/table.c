#if defined(__x86_64__)

#include "common/table.h"

// Tile rows are the TILE_ROWS of linear_float.c and the LMK_DOT_ROWS of dot.h.
const lmk_kernels lmk_kernels_avx2 = {
    .isa = LMK_ISA_AVX2,
    .tile_rows = {[LMK_FP32] = 6, [LMK_FP16] = 6, [LMK_BF16] = 6, [LMK_W8] = 4, [LMK_W4] = 4},
    LMK_ENCODINGS(avx2, LMK_ENCODE_FP32),
    .linear_panel = {
        [LMK_FP32] = lmk_avx2_linear_fp32,
        [LMK_FP16] = lmk_avx2_linear_fp16,
        [LMK_BF16] = lmk_avx2_linear_bf16,
        [LMK_W8] = lmk_avx2_linear_w8,
        [LMK_W4] = lmk_avx2_linear_w4,
    },
    LMK_ATTENTION_KERNELS(avx2),
    LMK_OTHER_KERNELS(avx2),
};

#endif
