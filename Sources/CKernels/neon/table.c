#if defined(__aarch64__)

#include "common/linear_kernels.h"
#include "common/vector_kernels.h"
#include "neon/simd.h"

// The three tables differ in their linear kernels. Encoding floats is a strided copy, which vectors do not
// help.
#define TILE_ROWS LMK_NEON_TILE_ROWS
#define COMMON_KERNELS                                                                                       \
    .isa = LMK_ISA_NEON,                                                                                     \
    .tile_rows = {TILE_ROWS, TILE_ROWS, TILE_ROWS, TILE_ROWS, TILE_ROWS},                                    \
    .encode_row = {                                                                                          \
        [LMK_ENCODE_FP32] = lmk_generic_encode_fp32,                                                         \
        [LMK_ENCODE_BF16] = lmk_generic_encode_bf16,                                                         \
        [LMK_ENCODE_INT8] = lmk_neon_encode_int8,                                                            \
    },                                                                                                       \
    .rmsnorm = lmk_neon_rmsnorm,                                                                             \
    .silu_mul = lmk_neon_silu_mul,                                                                           \
    .rope = lmk_neon_rope,                                                                                   \
    .kv_store = lmk_neon_kv_store,                                                                           \
    .attention = lmk_neon_attention,                                                                         \
    .attention_span = lmk_neon_attention_span,                                                               \
    .attention_fold = lmk_neon_attention_fold,                                                               \
    .attention_finish = lmk_neon_attention_finish,                                                           \
    .argmax = lmk_neon_argmax,                                                                               \
    .softmax_scan = lmk_neon_softmax_scan,                                                                   \
    .copy_allowed = lmk_neon_copy_allowed,                                                                   \
    .block_maxima = lmk_neon_block_maxima,                                                                   \
    .at_least = lmk_neon_at_least,                                                                           \
    .weights = lmk_neon_weights,                                                                             \
    .weight_sums = lmk_neon_weight_sums
#define ENCODINGS(BF16) {LMK_ENCODE_FP32, LMK_ENCODE_FP32, BF16, LMK_ENCODE_INT8, LMK_ENCODE_INT8}

const lmk_kernels lmk_kernels_neon = {
    COMMON_KERNELS,
    .encoding = ENCODINGS(LMK_ENCODE_FP32),
    .linear_panel = {
        [LMK_FP32] = lmk_neon_linear_fp32,
        [LMK_FP16] = lmk_neon_linear_fp16,
        [LMK_BF16] = lmk_neon_linear_bf16,
        [LMK_W8] = lmk_neon_linear_w8,
        [LMK_W4] = lmk_neon_linear_w4,
    },
};

const lmk_kernels lmk_kernels_neon_i8mm = {
    COMMON_KERNELS,
    .encoding = ENCODINGS(LMK_ENCODE_FP32),
    .linear_panel = {
        [LMK_FP32] = lmk_neon_linear_fp32,
        [LMK_FP16] = lmk_neon_linear_fp16,
        [LMK_BF16] = lmk_neon_linear_bf16,
        [LMK_W8] = lmk_neon_linear_w8_i8mm,
        [LMK_W4] = lmk_neon_linear_w4_i8mm,
    },
};

const lmk_kernels lmk_kernels_neon_bf16 = {
    COMMON_KERNELS,
    .encoding = ENCODINGS(LMK_ENCODE_BF16),
    .linear_panel = {
        [LMK_FP32] = lmk_neon_linear_fp32,
        [LMK_FP16] = lmk_neon_linear_fp16,
        [LMK_BF16] = lmk_neon_linear_bf16_mmla,
        [LMK_W8] = lmk_neon_linear_w8_i8mm,
        [LMK_W4] = lmk_neon_linear_w4_i8mm,
    },
};

#endif
