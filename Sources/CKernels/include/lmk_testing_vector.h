// Single kernels for tests. Programs run them through lmk_execute.
#ifndef LMK_TESTING_VECTOR_H
#define LMK_TESTING_VECTOR_H

#include "lmk.h"

#ifdef __cplusplus
extern "C" {
#endif

void lmk_testing_rmsnorm(const lmk_kernels *kernels, float *out, const float *x, const float *weight,
                         size_t n, float epsilon);
void lmk_testing_silu_mul(const lmk_kernels *kernels, float *out, const float *gate, const float *up,
                          size_t n);
void lmk_testing_rope(const lmk_kernels *kernels, float *head, const float *cosines, const float *sines,
                      uint32_t rotary_dim);

#ifdef __cplusplus
}
#endif
#endif
