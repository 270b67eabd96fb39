// The regions of an attention kernel's scratch memory.
#ifndef LMK_ATTENTION_SCRATCH_H
#define LMK_ATTENTION_SCRATCH_H

#include "common/kv_cache.h"

enum { LMK_SUM_LANES = 16 };

/// A query is one (row, head) pair of the tile.
typedef struct lmk_attention_scratch {
    float *queries;       // [query][padded head_dim], multiplied by the softmax scale
    float *outputs;       // [query][padded head_dim], not yet divided by the sums
    float *scores;        // [query][64] of the current page: scores, then probabilities
    float *sums;          // [query][16]: probabilities summed per lane
    float *maxima;        // [query]: the running maximum
    uint32_t *lengths;    // [query]: how many tokens it sees, itself included
    // For pages of floats:
    float *keys;          // [head_dim][T] of the current page, in fp32
    float *values;        // [T][padded head_dim] of the current page, in fp32
    // For pages of levels; factors are int16 in the order of `store_factors`:
    int16_t *query_factors;   // [query][padded head_dim]
    float *query_scales;      // [query]: what one step of the factors is worth
    float *query_sums;        // [query]: the factors' sum times their scale
    int16_t *weight_factors;  // [query][64]: probabilities times value scales
    float *weight_scales;     // [query]
    float *zero_sums;         // [query][16]: probabilities times value zeros, summed per lane
    float *parameters;        // [4][64]: the page's key scales, key zeros, value scales, value zeros
} lmk_attention_scratch;

lmk_attention_scratch lmk_attention_scratch_at(float *base, size_t queries, uint32_t head_dim);

#endif
