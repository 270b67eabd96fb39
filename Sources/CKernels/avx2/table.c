#if defined(__x86_64__)

#include "common/linear_kernels.h"
#include "common/vector_kernels.h"

// Tile rows are the TILE_ROWS of linear_float.c, linear_w8.c and linear_w4.c. Encoding floats is a strided
// copy, which vectors do not help.
const lmk_kernels lmk_kernels_avx2 = {
    .isa = LMK_ISA_AVX2,
    .tile_rows = {[LMK_FP32] = 6, [LMK_FP16] = 6, [LMK_BF16] = 6, [LMK_W8] = 4, [LMK_W4] = 4},
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
        [LMK_ENCODE_INT8] = lmk_avx2_encode_int8,
    },
    .linear_panel = {
        [LMK_FP32] = lmk_avx2_linear_fp32,
        [LMK_FP16] = lmk_avx2_linear_fp16,
        [LMK_BF16] = lmk_avx2_linear_bf16,
        [LMK_W8] = lmk_avx2_linear_w8,
        [LMK_W4] = lmk_avx2_linear_w4,
    },
    .rmsnorm = lmk_avx2_rmsnorm,
    .silu_mul = lmk_avx2_silu_mul,
    .rope = lmk_avx2_rope,
    .kv_store = lmk_avx2_kv_store,
    .attention = lmk_avx2_attention,
    .attention_span = lmk_avx2_attention_span,
    .attention_fold = lmk_avx2_attention_fold,
    .attention_finish = lmk_avx2_attention_finish,
    .argmax = lmk_avx2_argmax,
    .softmax_scan = lmk_avx2_softmax_scan,
    .copy_allowed = lmk_avx2_copy_allowed,
    .block_maxima = lmk_avx2_block_maxima,
    .at_least = lmk_avx2_at_least,
    .weights = lmk_avx2_weights,
    .weight_sums = lmk_avx2_weight_sums,
};

#endif
