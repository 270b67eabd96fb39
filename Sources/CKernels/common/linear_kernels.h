// The linear-layer kernels of every instruction set, for the tables in `<isa>/table.c`.
#ifndef LMK_LINEAR_KERNELS_H
#define LMK_LINEAR_KERNELS_H

#include "common/kernels.h"

typedef void lmk_encode_row(lmk_activations *a, uint32_t tile, uint32_t row_in_tile, const float *x);
typedef void lmk_linear_panel(const lmk_matrix *m, const lmk_activations *a, uint64_t panel,
                              const lmk_destination *to);

lmk_encode_row lmk_generic_encode_fp32;
lmk_encode_row lmk_generic_encode_bf16;
lmk_encode_row lmk_generic_encode_int8;
lmk_linear_panel lmk_generic_linear_fp32;
lmk_linear_panel lmk_generic_linear_fp16;
lmk_linear_panel lmk_generic_linear_bf16;
lmk_linear_panel lmk_generic_linear_w8;
lmk_linear_panel lmk_generic_linear_w4;

#if defined(__x86_64__)
lmk_encode_row lmk_avx2_encode_int8;
lmk_linear_panel lmk_avx2_linear_fp32;
lmk_linear_panel lmk_avx2_linear_fp16;
lmk_linear_panel lmk_avx2_linear_bf16;
lmk_linear_panel lmk_avx2_linear_w8;
lmk_linear_panel lmk_avx2_linear_w4;

lmk_linear_panel lmk_avxvnni_linear_w8;
lmk_linear_panel lmk_avxvnni_linear_w4;

lmk_linear_panel lmk_avx512bw_linear_w8;
lmk_linear_panel lmk_avx512bw_linear_w4;

lmk_encode_row lmk_avx512_encode_int8;
lmk_linear_panel lmk_avx512_linear_fp32;
lmk_linear_panel lmk_avx512_linear_fp16;
lmk_linear_panel lmk_avx512_linear_bf16;
/// Needs the BF16 dot product and rows encoded as LMK_ENCODE_BF16.
lmk_linear_panel lmk_avx512_linear_bf16_dot;
lmk_linear_panel lmk_avx512_linear_w8;
lmk_linear_panel lmk_avx512_linear_w4;
#endif

#if defined(__aarch64__)
lmk_encode_row lmk_neon_encode_int8;
lmk_linear_panel lmk_neon_linear_fp32;
lmk_linear_panel lmk_neon_linear_fp16;
lmk_linear_panel lmk_neon_linear_bf16;
/// Needs BF16 and rows encoded as LMK_ENCODE_BF16.
lmk_linear_panel lmk_neon_linear_bf16_mmla;
lmk_linear_panel lmk_neon_linear_w8;
lmk_linear_panel lmk_neon_linear_w4;
/// Need I8MM.
lmk_linear_panel lmk_neon_linear_w8_i8mm;
lmk_linear_panel lmk_neon_linear_w4_i8mm;
#endif

#endif
