// Fields of `lmk_kernels` that tables share, for `<isa>/table.c`. Instruction sets that only add instructions to
// another one take over its kernels.
#ifndef LMK_TABLE_H
#define LMK_TABLE_H

#include "common/linear_kernels.h"
#include "common/vector_kernels.h"

/// `bf16` is the encoding of inputs that meet bf16 weights. Encoding floats is a strided copy, which vectors do
/// not help; int8 is the encoder of `isa`.
#define LMK_ENCODINGS(isa, bf16)                                                                             \
    .encoding = {                                                                                            \
        [LMK_FP32] = LMK_ENCODE_FP32,                                                                        \
        [LMK_FP16] = LMK_ENCODE_FP32,                                                                        \
        [LMK_BF16] = bf16,                                                                                   \
        [LMK_W8] = LMK_ENCODE_INT8,                                                                          \
        [LMK_W4] = LMK_ENCODE_INT8,                                                                          \
    },                                                                                                       \
    .encode_row = {                                                                                          \
        [LMK_ENCODE_FP32] = lmk_generic_encode_fp32,                                                         \
        [LMK_ENCODE_BF16] = lmk_generic_encode_bf16,                                                         \
        [LMK_ENCODE_INT8] = lmk_##isa##_encode_int8,                                                         \
    }

#define LMK_ATTENTION_KERNELS(isa)                                                                           \
    .attention = lmk_##isa##_attention,                                                                      \
    .attention_span = lmk_##isa##_attention_span,                                                            \
    .attention_fold = lmk_##isa##_attention_fold,                                                            \
    .attention_finish = lmk_##isa##_attention_finish

/// All that are neither linear layers nor attention.
#define LMK_OTHER_KERNELS(isa)                                                                               \
    .rmsnorm = lmk_##isa##_rmsnorm,                                                                          \
    .silu_mul = lmk_##isa##_silu_mul,                                                                        \
    .rope = lmk_##isa##_rope,                                                                                \
    .kv_store = lmk_##isa##_kv_store,                                                                        \
    .argmax = lmk_##isa##_argmax,                                                                            \
    .softmax_scan = lmk_##isa##_softmax_scan,                                                                \
    .copy_allowed = lmk_##isa##_copy_allowed,                                                                \
    .block_maxima = lmk_##isa##_block_maxima,                                                                \
    .at_least = lmk_##isa##_at_least,                                                                        \
    .weights = lmk_##isa##_weights,                                                                          \
    .weight_sums = lmk_##isa##_weight_sums

#endif
