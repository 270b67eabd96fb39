#if defined(__x86_64__)

#include "common/linear_kernels.h"
#include "common/vector_kernels.h"

// Tile rows are the TILE_ROWS of linear_float.c, linear_w8.c and linear_w4.c. Encoding floats is a strided
// copy, which vectors do not help.
const lmk_kernels lmk_kernels_avx512 = {
    .isa = LMK_ISA_AVX512,
    .tile_rows = {[LMK_FP32] = 8, [LMK_FP16] = 8, [LMK_BF16] = 8, [LMK_W8] = 8, [LMK_W4] = 8},
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
        [LMK_ENCODE_INT8] = lmk_avx512_encode_int8,
    },
    .linear_panel = {
        [LMK_FP32] = lmk_avx512_linear_fp32,
        [LMK_FP16] = lmk_avx512_linear_fp16,
        [LMK_BF16] = lmk_avx512_linear_bf16,
        [LMK_W8] = lmk_avx512_linear_w8,
        [LMK_W4] = lmk_avx512_linear_w4,
    },
    .rmsnorm = lmk_avx512_rmsnorm,
    .silu_mul = lmk_avx512_silu_mul,
    .rope = lmk_avx512_rope,
    .kv_store = lmk_avx512_kv_store,
    .attention = lmk_avx512_attention,
    .attention_span = lmk_avx512_attention_span,
    .attention_fold = lmk_avx512_attention_fold,
    .attention_finish = lmk_avx512_attention_finish,
    .argmax = lmk_avx512_argmax,
    .softmax_scan = lmk_avx512_softmax_scan,
    .copy_allowed = lmk_avx512_copy_allowed,
    .block_maxima = lmk_avx512_block_maxima,
    .at_least = lmk_avx512_at_least,
    .weights = lmk_avx512_weights,
    .weight_sums = lmk_avx512_weight_sums,
};

const lmk_kernels lmk_kernels_avx512_bf16 = {
    .isa = LMK_ISA_AVX512,
    .tile_rows = {[LMK_FP32] = 8, [LMK_FP16] = 8, [LMK_BF16] = 8, [LMK_W8] = 8, [LMK_W4] = 8},
    .encoding = {
        [LMK_FP32] = LMK_ENCODE_FP32,
        [LMK_FP16] = LMK_ENCODE_FP32,
        [LMK_BF16] = LMK_ENCODE_BF16,
        [LMK_W8] = LMK_ENCODE_INT8,
        [LMK_W4] = LMK_ENCODE_INT8,
    },
    .encode_row = {
        [LMK_ENCODE_FP32] = lmk_generic_encode_fp32,
        [LMK_ENCODE_BF16] = lmk_generic_encode_bf16,
        [LMK_ENCODE_INT8] = lmk_avx512_encode_int8,
    },
    .linear_panel = {
        [LMK_FP32] = lmk_avx512_linear_fp32,
        [LMK_FP16] = lmk_avx512_linear_fp16,
        [LMK_BF16] = lmk_avx512_linear_bf16_dot,
        [LMK_W8] = lmk_avx512_linear_w8,
        [LMK_W4] = lmk_avx512_linear_w4,
    },
    .rmsnorm = lmk_avx512_rmsnorm,
    .silu_mul = lmk_avx512_silu_mul,
    .rope = lmk_avx512_rope,
    .kv_store = lmk_avx512_kv_store,
    .attention = lmk_avx512_attention,
    .attention_span = lmk_avx512_attention_span,
    .attention_fold = lmk_avx512_attention_fold,
    .attention_finish = lmk_avx512_attention_finish,
    .argmax = lmk_avx512_argmax,
    .softmax_scan = lmk_avx512_softmax_scan,
    .copy_allowed = lmk_avx512_copy_allowed,
    .block_maxima = lmk_avx512_block_maxima,
    .at_least = lmk_avx512_at_least,
    .weights = lmk_avx512_weights,
    .weight_sums = lmk_avx512_weight_sums,
};

#endif
