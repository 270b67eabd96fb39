// The regions of an attention kernel's scratch memory.
#ifndef LMK_ATTENTION_SCRATCH_H
#define LMK_ATTENTION_SCRATCH_H

#include "common/kv_cache.h"

enum { LMK_SUM_LANES = 16 };

/// What a span of tokens adds to a query: its outputs [padded head_dim], not divided by the sum, then the maximum
/// and the sum they belong to.
static inline size_t lmk_span_record_floats(uint32_t head_dim) {
    return lmk_padded_head_dim(head_dim) + 16;
}
static inline float *lmk_span_record_maximum(float *record, uint32_t head_dim) {
    return record + lmk_padded_head_dim(head_dim);
}
static inline float *lmk_span_record_sum(float *record, uint32_t head_dim) {
    return record + lmk_padded_head_dim(head_dim) + 1;
}

/// Spans that hold what a tile sees.
static inline uint32_t lmk_attention_spans(const lmk_attention_tile *tile) {
    return (tile->first_position + tile->rows + LMK_SPAN_TOKENS - 1) / LMK_SPAN_TOKENS;
}

/// The first position that a row at `position` sees.
static inline uint32_t lmk_first_visible(const lmk_attention *op, uint32_t position) {
    return op->window == 0 || position < op->window ? 0 : position + 1 - op->window;
}

/// The first span of which a tile sees anything. Those before it would add nothing.
static inline uint32_t lmk_attention_first_span(const lmk_attention *op, const lmk_attention_tile *tile) {
    return lmk_first_visible(op, tile->first_position) / LMK_SPAN_TOKENS;
}

/// A query is one (row, head) pair of the tile.
typedef struct lmk_attention_scratch {
    float *queries;       // [query][padded head_dim], multiplied by the softmax scale
    float *outputs;       // [query][padded head_dim] of the span, not yet divided by the sums
    float *totals;        // [query] records: the spans before
    float *record;        // one record
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
