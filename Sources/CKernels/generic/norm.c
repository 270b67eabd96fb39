#include <math.h>

#include "common/vector_kernels.h"

void lmk_generic_rmsnorm(float *out, const float *x, const float *weight, size_t n, float epsilon) {
    double squares = 0;
    for (size_t i = 0; i < n; i++) squares += (double)x[i] * x[i];
    float inverse = (float)(1 / sqrt(squares / (double)n + epsilon));
    for (size_t i = 0; i < n; i++) out[i] = x[i] * inverse * weight[i];
}
