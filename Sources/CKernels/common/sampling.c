#include <math.h>

#include "common/kernels.h"
#include "common/radix_sort.h"

size_t lmk_argmax(const lmk_kernels *kernels, const float *x, size_t n) { return kernels->argmax(x, n); }

lmk_softmax lmk_softmax_scan(const lmk_kernels *kernels, const float *x, size_t n) {
    return kernels->softmax_scan(x, n);
}

void lmk_copy_allowed(const lmk_kernels *kernels, float *out, const float *x, size_t n,
                      const uint64_t *allowed) {
    kernels->copy_allowed(out, x, n, allowed);
}

void lmk_block_maxima(const lmk_kernels *kernels, const float *x, size_t n, float *maxima) {
    kernels->block_maxima(x, n, maxima);
}

void lmk_weights(const lmk_kernels *kernels, const float *x, size_t n, float maximum,
                 float inverse_temperature, uint64_t *weights) {
    kernels->weights(x, n, maximum, inverse_temperature, weights);
}

void lmk_weight_sums(const lmk_kernels *kernels, const float *x, size_t n, float maximum,
                     float inverse_temperature, uint64_t *sums) {
    kernels->weight_sums(x, n, maximum, inverse_temperature, sums);
}

// MARK: The largest values

static void sink(float *heap, size_t size, float value) {
    size_t hole = 0;
    for (size_t child; (child = 2 * hole + 1) < size; hole = child) {
        if (child + 1 < size && heap[child + 1] < heap[child]) child++;
        if (!(heap[child] < value)) break;
        heap[hole] = heap[child];
    }
    heap[hole] = value;
}

/// The k-th largest of `count` >= k > 0 numbers. `heap` holds k floats.
static float kth_largest(const float *x, size_t count, size_t k, float *heap) {
    // Sinking through ever larger heaps of equal values would be a sort; a heap of -infinity takes the first k
    // values like all others.
    for (size_t i = 0; i < k; i++) heap[i] = -INFINITY;
    for (size_t i = 0; i < count; i++)
        if (x[i] > heap[0]) sink(heap, k, x[i]);
    return heap[0];
}

size_t lmk_candidate_bytes(size_t n) { return 2 * n * sizeof(uint64_t); }

lmk_candidates lmk_largest(const lmk_kernels *kernels, const float *x, size_t n, const float *maxima, size_t k,
                           float bound, void *memory) {
    uint64_t *found = memory, *spare = found + n;
    size_t blocks = (n + LMK_MAXIMA_BLOCK - 1) / LMK_MAXIMA_BLOCK;
    // k blocks with a maximum of at least t hold k values of at least t.
    float kth = k != 0 && k <= blocks ? kth_largest(maxima, blocks, k, (float *)spare) : -INFINITY;
    size_t count = kernels->at_least(x, n, maxima, kth > bound ? kth : bound, found);
    uint64_t *sorted = lmk_radix_sort(found, spare, count);
    float *values = (float *)(sorted == found ? spare : found);
    int32_t *indices = (int32_t *)(values + n);
    for (size_t i = 0; i < count; i++) {
        uint32_t index = (uint32_t)sorted[i];
        indices[i] = (int32_t)index;
        values[i] = x[index];
    }
    return (lmk_candidates){count, !(kth > bound), indices, values, sorted};
}
