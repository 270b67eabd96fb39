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
    float *keys;          // [head_dim][T] of the current page, in fp32
    float *values;        // [T][padded head_dim] of the current page, in fp32
} lmk_attention_scratch;

lmk_attention_scratch lmk_attention_scratch_at(float *base, size_t queries, uint32_t head_dim);

#endif
