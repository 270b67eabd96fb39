// Sizes inside the paged KV cache and inside the attention kernels' scratch memory.
#ifndef LMK_KV_CACHE_H
#define LMK_KV_CACHE_H

#include "common/kernels.h"

static inline size_t lmk_round_up(size_t value, size_t multiple) {
    return (value + multiple - 1) / multiple * multiple;
}

static inline size_t lmk_padded_head_dim(uint32_t head_dim) { return lmk_round_up(head_dim, 16); }

static inline size_t lmk_kv_element_bytes(lmk_kv_format format) {
    return format == LMK_KV_FP16 ? sizeof(uint16_t) : sizeof(float);
}

/// Where the values start inside a kv head: behind [head_dim][64] keys.
static inline size_t lmk_kv_value_offset(const lmk_kv_cache *cache) {
    return (size_t)cache->head_dim * LMK_BLOCK_TOKENS * lmk_kv_element_bytes(cache->format);
}

/// The regions of one attention call's scratch memory; a query is one (row, head) pair of the tile.
typedef struct lmk_attention_scratch {
    float *queries;       // [query][padded head_dim], multiplied by the softmax scale
    float *outputs;       // [query][padded head_dim], not yet divided by the sums
    float *scores;        // [query][64] of the current page: scores, then probabilities
    float *sums;          // [query][16]: probabilities summed per lane
    float *maxima;        // [query]: the running maximum
    uint32_t *lengths;    // [query]: how many tokens it sees, itself included
    float *keys;          // [head_dim][64] of the current page, in fp32
    float *values;        // [64][padded head_dim] of the current page, in fp32
} lmk_attention_scratch;

enum { LMK_SUM_LANES = 16 };

static inline lmk_attention_scratch lmk_attention_scratch_at(float *base, size_t queries, uint32_t head_dim) {
    size_t padded = lmk_padded_head_dim(head_dim);
    lmk_attention_scratch s;
    s.queries = base;
    s.outputs = s.queries + queries * padded;
    s.scores = s.outputs + queries * padded;
    s.sums = s.scores + queries * LMK_BLOCK_TOKENS;
    s.maxima = s.sums + queries * LMK_SUM_LANES;
    s.lengths = (uint32_t *)(s.maxima + lmk_round_up(queries, 16));
    s.keys = s.maxima + 2 * lmk_round_up(queries, 16);
    s.values = s.keys + padded * LMK_BLOCK_TOKENS;
    return s;
}

#endif
