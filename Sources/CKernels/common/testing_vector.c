#include "include/lmk_testing_vector.h"

#include "common/kernels.h"

void lmk_testing_rmsnorm(const lmk_kernels *kernels, float *out, const float *x, const float *weight,
                         size_t n, float epsilon) {
    kernels->rmsnorm(out, x, weight, n, epsilon);
}

void lmk_testing_silu_mul(const lmk_kernels *kernels, float *out, const float *gate, const float *up,
                          size_t n) {
    kernels->silu_mul(out, gate, up, n);
}

void lmk_testing_rope(const lmk_kernels *kernels, float *head, const float *cosines, const float *sines,
                      uint32_t rotary_dim) {
    kernels->rope(head, cosines, sines, rotary_dim);
}
