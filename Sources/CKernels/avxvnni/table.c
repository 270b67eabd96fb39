#if defined(__x86_64__)

#include "common/table.h"

// AVX2 with other products of integers. Tile rows are the TILE_ROWS of avx2/linear_float.c and the LMK_DOT_ROWS of
// dot.h.
const lmk_kernels lmk_kernels_avxvnni = {
    .isa = LMK_ISA_AVXVNNI,
    .tile_rows = {[LMK_FP32] = 6, [LMK_FP16] = 6, [LMK_BF16] = 6, [LMK_W8] = 6, [LMK_W4] = 6},
    LMK_ENCODINGS(avx2, LMK_ENCODE_FP32),
    .linear_panel = {
        [LMK_FP32] = lmk_avx2_linear_fp32,
        [LMK_FP16] = lmk_avx2_linear_fp16,
        [LMK_BF16] = lmk_avx2_linear_bf16,
        [LMK_W8] = lmk_avxvnni_linear_w8,
        [LMK_W4] = lmk_avxvnni_linear_w4,
    },
    LMK_ATTENTION_KERNELS(avxvnni),
    LMK_OTHER_KERNELS(avx2),
};

#endif
