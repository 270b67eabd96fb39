#include <math.h>

#include "common/top_k.h"
#include "common/vector_kernels.h"

size_t lmk_generic_argmax(const float *x, size_t n) {
    size_t best = 0;
    for (size_t i = 1; i < n; i++)
        if (x[i] > x[best] || (isnan(x[best]) && !isnan(x[i]))) best = i;
    return best;
}

size_t lmk_generic_top_k(const float *x, size_t n, size_t k, int32_t *indices, float *values) {
    lmk_top_k_heap heap = lmk_top_k_start(x, n, k, indices, values);
    if (heap.size == 0) return 0;
    for (size_t i = heap.size; i < n; i++) lmk_top_k_offer(&heap, x[i], (int32_t)i);
    lmk_top_k_finish(&heap);
    return heap.size;
}

float lmk_generic_sum_exp(const float *x, size_t n, float maximum, float inverse_temperature) {
    double sum = 0;
    for (size_t i = 0; i < n; i++) sum += expf((x[i] - maximum) * inverse_temperature);
    return (float)sum;
}
