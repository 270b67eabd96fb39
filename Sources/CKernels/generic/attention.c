// Causal softmax attention over a paged cache, one query and one page at a time: the specification
// of the vector kernels, which keep this order of pages but not this order inside a page.
#include <float.h>
#include <math.h>

#include "common/kv_cache.h"
#include "common/vector_kernels.h"

static const float largest_half = 65504;

static void store(const lmk_kv_cache *cache, uint8_t *base, size_t index, float x) {
    if (cache->format == LMK_KV_FP16) {
        // An infinite key would turn every later token of the sequence into NaN.
        float limited = x > largest_half ? largest_half : x < -largest_half ? -largest_half : x;
        ((uint16_t *)base)[index] = lmk_float_to_half(limited);
    } else {
        ((float *)base)[index] = x;
    }
}

/// `count` elements as floats: the cache's own memory, or `buffer`.
static const float *load(const lmk_kv_cache *cache, const uint8_t *base, size_t index, size_t count,
                         float *buffer) {
    if (cache->format == LMK_KV_FP32) return (const float *)base + index;
    lmk_half_to_float_row((const uint16_t *)base + index, buffer, count);
    return buffer;
}

void lmk_generic_kv_store(const lmk_kv_cache *cache, uint8_t *head, uint32_t token, const float *key,
                          const float *value) {
    uint8_t *values = head + lmk_kv_value_offset(cache);
    size_t padded = lmk_padded_head_dim(cache->head_dim);
    for (uint32_t d = 0; d < cache->head_dim; d++) {
        store(cache, head, (size_t)d * LMK_BLOCK_TOKENS + token, key[d]);
        store(cache, values, token * padded + d, value[d]);
    }
}

typedef struct running_softmax {
    float maximum;
    float sum;
} running_softmax;

/// Adds `tokens` tokens of a page to the softmax of the query in `scratch`.
static void add_page(const lmk_kv_cache *cache, const uint8_t *keys, uint32_t tokens,
                     const lmk_attention_scratch *scratch, running_softmax *softmax) {
    const uint8_t *values = keys + lmk_kv_value_offset(cache);
    size_t padded = lmk_padded_head_dim(cache->head_dim);
    float *probabilities = scratch->scores;
    for (uint32_t t = 0; t < tokens; t++) probabilities[t] = 0;
    for (uint32_t d = 0; d < cache->head_dim; d++) {
        const float *key = load(cache, keys, (size_t)d * LMK_BLOCK_TOKENS, tokens, scratch->keys);
        for (uint32_t t = 0; t < tokens; t++) probabilities[t] += scratch->queries[d] * key[t];
    }

    float largest = softmax->maximum;
    for (uint32_t t = 0; t < tokens; t++)
        if (probabilities[t] > largest) largest = probabilities[t];
    float decay = expf(softmax->maximum - largest);
    softmax->maximum = largest;
    softmax->sum *= decay;
    for (uint32_t d = 0; d < cache->head_dim; d++) scratch->outputs[d] *= decay;

    for (uint32_t t = 0; t < tokens; t++) {
        float probability = expf(probabilities[t] - largest);
        const float *value = load(cache, values, t * padded, cache->head_dim, scratch->values);
        softmax->sum += probability;
        for (uint32_t d = 0; d < cache->head_dim; d++) scratch->outputs[d] += probability * value[d];
    }
}

static void attend(const lmk_attention *op, const lmk_attention_tile *tile, uint32_t kv_head, uint32_t row,
                   uint32_t head, const lmk_attention_scratch *scratch) {
    const lmk_kv_cache *cache = op->cache;
    size_t step_row = (size_t)tile->first_row + row;
    uint32_t head_dim = cache->head_dim, length = tile->first_position + row + 1;
    const float *query = op->qkv + step_row * op->qkv_stride + (size_t)head * head_dim;
    running_softmax softmax = {-FLT_MAX, 0};
    for (uint32_t d = 0; d < head_dim; d++) {
        scratch->queries[d] = query[d] * op->scale;
        scratch->outputs[d] = 0;
    }
    for (uint32_t start = 0; start < length; start += LMK_BLOCK_TOKENS) {
        const uint8_t *page = lmk_kv_head(cache, tile->blocks[start / LMK_BLOCK_TOKENS], op->layer, kv_head);
        uint32_t tokens = length - start < LMK_BLOCK_TOKENS ? length - start : LMK_BLOCK_TOKENS;
        add_page(cache, page, tokens, scratch, &softmax);
    }
    float *output = op->output + step_row * op->output_stride + (size_t)head * head_dim;
    for (uint32_t d = 0; d < head_dim; d++) output[d] = scratch->outputs[d] / softmax.sum;
}

void lmk_generic_attention(const lmk_attention *op, const lmk_attention_tile *tile, uint32_t kv_head,
                           float *scratch) {
    uint32_t heads = op->q_heads / op->cache->kv_heads;
    lmk_attention_scratch regions = lmk_attention_scratch_at(scratch, 1, op->cache->head_dim);
    for (uint32_t row = 0; row < tile->rows; row++)
        for (uint32_t head = 0; head < heads; head++)
            attend(op, tile, kv_head, row, kv_head * heads + head, &regions);
}
