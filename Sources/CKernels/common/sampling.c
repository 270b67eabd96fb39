#include "common/kernels.h"

size_t lmk_argmax(const lmk_kernels *kernels, const float *x, size_t n) { return kernels->argmax(x, n); }

size_t lmk_top_k(const lmk_kernels *kernels, const float *x, size_t n, size_t k, int32_t *indices,
                 float *values) {
    return kernels->top_k(x, n, k, indices, values);
}

float lmk_sum_exp(const lmk_kernels *kernels, const float *x, size_t n, float maximum,
                  float inverse_temperature) {
    return kernels->sum_exp(x, n, maximum, inverse_temperature);
}
