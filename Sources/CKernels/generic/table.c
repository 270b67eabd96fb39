#include "common/linear_kernels.h"
#include "common/vector_kernels.h"

const lmk_kernels lmk_kernels_generic = {
    .isa = LMK_ISA_GENERIC,
    .tile_rows = {[LMK_FP32] = 4, [LMK_FP16] = 4, [LMK_BF16] = 4, [LMK_W8] = 4, [LMK_W4] = 4},
    .encoding = {
        [LMK_FP32] = LMK_ENCODE_FP32,
        [LMK_FP16] = LMK_ENCODE_FP32,
        [LMK_BF16] = LMK_ENCODE_FP32,
        [LMK_W8] = LMK_ENCODE_INT8,
        [LMK_W4] = LMK_ENCODE_INT8,
    },
    .encode_row = {
        [LMK_ENCODE_FP32] = lmk_generic_encode_fp32,
        [LMK_ENCODE_BF16] = lmk_generic_encode_bf16,
        [LMK_ENCODE_INT8] = lmk_generic_encode_int8,
    },
    .linear_panel = {
        [LMK_FP32] = lmk_generic_linear_fp32,
        [LMK_FP16] = lmk_generic_linear_fp16,
        [LMK_BF16] = lmk_generic_linear_bf16,
        [LMK_W8] = lmk_generic_linear_w8,
        [LMK_W4] = lmk_generic_linear_w4,
    },
    .rmsnorm = lmk_generic_rmsnorm,
    .silu_mul = lmk_generic_silu_mul,
    .rope = lmk_generic_rope,
    .kv_store = lmk_generic_kv_store,
    .attention = lmk_generic_attention,
    .attention_span = lmk_generic_attention_span,
    .attention_fold = lmk_generic_attention_fold,
    .attention_finish = lmk_generic_attention_finish,
    .argmax = lmk_generic_argmax,
    .softmax_scan = lmk_generic_softmax_scan,
    .copy_allowed = lmk_generic_copy_allowed,
    .block_maxima = lmk_generic_block_maxima,
    .at_least = lmk_generic_at_least,
    .weights = lmk_generic_weights,
    .weight_sums = lmk_generic_weight_sums,
};
