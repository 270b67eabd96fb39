// What choosing a token reads of a row of logits. NaN is no number: it never wins, has no probability and is
// no candidate. Probabilities are weights: e^((x - maximum) / temperature) as integers in units of
// 2^-LMK_WEIGHT_BITS, so that their sums are exact and the same in any order. A row has at most 2^23 values.
#ifndef LMK_SAMPLING_H
#define LMK_SAMPLING_H

#include "lmk.h"

#ifdef __cplusplus
extern "C" {
#endif

enum {
    LMK_MAXIMA_BLOCK = 64,     // values in a block of lmk_block_maxima
    LMK_WEIGHTS_BLOCK = 1024,  // values in a block of lmk_weight_sums
    LMK_WEIGHT_BITS = 40,
};

/// Index of the largest value, the lowest index among equals; NaN is never chosen unless all are NaN (then 0).
size_t lmk_argmax(const lmk_kernels *kernels, const float *x, size_t n);

typedef struct lmk_softmax {
    size_t argmax;
    float maximum;  // x[argmax]; -infinity where that is NaN
    double sum;     // of exp(x[i] - maximum)
} lmk_softmax;
/// The largest value and the denominator of softmax, in one read of the row.
lmk_softmax lmk_softmax_scan(const lmk_kernels *kernels, const float *x, size_t n);

/// out[i] = x[i] where bit i % 64 of allowed[i / 64] is set, -infinity elsewhere.
void lmk_copy_allowed(const lmk_kernels *kernels, float *out, const float *x, size_t n,
                      const uint64_t *allowed);

/// maxima[b] = the largest value of block b, -infinity where the block has no number.
void lmk_block_maxima(const lmk_kernels *kernels, const float *x, size_t n, float *maxima);

/// Values of a row, largest first, lower index first among equals.
typedef struct lmk_candidates {
    size_t count;
    bool reaches_bound;  // whether all values not below the bound are here
    const int32_t *indices;
    const float *values;
    uint64_t *weights;  // room for `count` weights, not written yet
} lmk_candidates;
/// Bytes of memory that lmk_largest needs for a row of n values, aligned to 8.
size_t lmk_candidate_bytes(size_t n);
/// All values that are not below `bound`, k = 0; else as many of the largest of them as it takes to have k, which
/// may be some more than k. `maxima` are the row's block maxima; the result lies in `memory`.
lmk_candidates lmk_largest(const lmk_kernels *kernels, const float *x, size_t n, const float *maxima, size_t k,
                           float bound, void *memory);

/// The weights of n values, none of which is above `maximum`.
void lmk_weights(const lmk_kernels *kernels, const float *x, size_t n, float maximum,
                 float inverse_temperature, uint64_t *weights);
/// sums[b] = the sum of the weights of block b.
void lmk_weight_sums(const lmk_kernels *kernels, const float *x, size_t n, float maximum,
                     float inverse_temperature, uint64_t *sums);

#ifdef __cplusplus
}
#endif
#endif
