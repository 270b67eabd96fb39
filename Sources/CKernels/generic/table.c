#include "common/table.h"

const lmk_kernels lmk_kernels_generic = {
    .isa = LMK_ISA_GENERIC,
    .tile_rows = {[LMK_FP32] = 4, [LMK_FP16] = 4, [LMK_BF16] = 4, [LMK_W8] = 4, [LMK_W4] = 4},
    LMK_ENCODINGS(generic, LMK_ENCODE_FP32),
    .linear_panel = {
        [LMK_FP32] = lmk_generic_linear_fp32,
        [LMK_FP16] = lmk_generic_linear_fp16,
        [LMK_BF16] = lmk_generic_linear_bf16,
        [LMK_W8] = lmk_generic_linear_w8,
        [LMK_W4] = lmk_generic_linear_w4,
    },
    LMK_ATTENTION_KERNELS(generic),
    LMK_OTHER_KERNELS(generic),
};
