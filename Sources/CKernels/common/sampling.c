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

/// The k-th largest of `count` >= k > 0 numbers: finds those that share its leading bits, and sorts them.
/// `members` and `spare` have room for `count` candidates.
static float kth_largest(const float *x, size_t count, size_t k, uint64_t *members, uint64_t *spare) {
    enum { PREFIX_BITS = 11, REST_BITS = 64 - PREFIX_BITS };  // 8 KiB of sizes stay in the first-level cache
    uint32_t sizes[1 << PREFIX_BITS] = {0};
    for (size_t i = 0; i < count; i++) sizes[lmk_candidate(x[i], i) >> REST_BITS]++;
    size_t prefix = 0;
    for (; sizes[prefix] < k; prefix++) k -= sizes[prefix];
    size_t found = 0;
    for (size_t i = 0; i < count; i++) {
        members[found] = lmk_candidate(x[i], i);
        found += members[found] >> REST_BITS == prefix;
    }
    return x[(uint32_t)lmk_radix_sort(members, spare, found)[k - 1]];
}

size_t lmk_candidate_bytes(size_t n) { return 2 * n * sizeof(uint64_t); }

lmk_candidates lmk_largest(const lmk_kernels *kernels, const float *x, size_t n, const float *maxima, size_t k,
                           float bound, void *memory) {
    uint64_t *found = memory, *spare = found + n;
    size_t blocks = (n + LMK_MAXIMA_BLOCK - 1) / LMK_MAXIMA_BLOCK;
    // k blocks with a maximum of at least t hold k values of at least t.
    float kth = k != 0 && k <= blocks ? kth_largest(maxima, blocks, k, found, spare) : -INFINITY;
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
