// Causal softmax attention over a paged cache, one query and one page at a time: the specification
// of the vector kernels, which keep this order of pages but not this order inside a page.
#include <float.h>
#include <math.h>

#include "common/attention_scratch.h"
#include "common/kv_quantize.h"
#include "common/vector_kernels.h"

/// `count` floats from `index` on: the cache's own memory, or `buffer`.
static const float *load(lmk_kv_format format, const uint8_t *elements, size_t index, size_t count,
                         float *buffer) {
    switch (format) {
    case LMK_KV_FP16: lmk_half_to_float_row((const uint16_t *)elements + index, buffer, count); break;
    case LMK_KV_BF16: lmk_bfloat16_to_float_row((const uint16_t *)elements + index, buffer, count); break;
    default: return (const float *)elements + index;
    }
    return buffer;
}

/// level * scale + zero; `parameters` are the token's scale and, T halves behind it, its zero.
static float dequantize(const lmk_kv_cache *cache, const uint8_t *page, lmk_kv_place place,
                        const uint16_t *parameters) {
    const uint32_t level = page[place.byte] >> place.shift & (cache->format == LMK_KV_INT8 ? 0xff : 0x0f);
    const uint16_t zero_bits = parameters[lmk_kv_page_tokens(cache)];
    return (float)level * lmk_widen_half(*parameters) + lmk_widen_half(zero_bits);
}

/// Dimension d of the page's first `tokens` keys.
static const float *load_keys(const lmk_kv_cache *cache, const uint8_t *page, size_t d, size_t tokens,
                              float *buffer) {
    if (!lmk_kv_is_quantized(cache->format))
        return load(cache->format, page, d * lmk_kv_page_tokens(cache), tokens, buffer);
    const uint16_t *parameters = (const uint16_t *)(page + lmk_kv_parameter_offset(cache));
    for (size_t t = 0; t < tokens; t++)
        buffer[t] = dequantize(cache, page, lmk_kv_key_place(cache, t, d), parameters + t);
    return buffer;
}

/// All dimensions of the page's token t.
static const float *load_value(const lmk_kv_cache *cache, const uint8_t *page, size_t t, float *buffer) {
    if (!lmk_kv_is_quantized(cache->format))
        return load(cache->format, page + lmk_kv_value_offset(cache),
                    t * lmk_padded_head_dim(cache->head_dim), cache->head_dim, buffer);
    const uint16_t *parameters = (const uint16_t *)(page + lmk_kv_parameter_offset(cache));
    for (size_t d = 0; d < cache->head_dim; d++)
        buffer[d] = dequantize(cache, page, lmk_kv_value_place(cache, t, d),
                               parameters + 2 * lmk_kv_page_tokens(cache) + t);
    return buffer;
}

typedef struct running_softmax {
    float maximum;
    float sum;
} running_softmax;

/// Adds tokens [first, tokens) of a page to the softmax of the query in `scratch`.
static void add_page(const lmk_kv_cache *cache, const uint8_t *page, uint32_t first, uint32_t tokens,
                     const lmk_attention_scratch *scratch, running_softmax *softmax) {
    float *probabilities = scratch->scores;
    for (uint32_t t = 0; t < tokens; t++) probabilities[t] = 0;
    for (uint32_t d = 0; d < cache->head_dim; d++) {
        const float *key = load_keys(cache, page, d, tokens, scratch->keys);
        for (uint32_t t = 0; t < tokens; t++) probabilities[t] += scratch->queries[d] * key[t];
    }

    float largest = softmax->maximum;
    for (uint32_t t = first; t < tokens; t++)
        if (probabilities[t] > largest) largest = probabilities[t];
    float decay = expf(softmax->maximum - largest);
    softmax->maximum = largest;
    softmax->sum *= decay;
    for (uint32_t d = 0; d < cache->head_dim; d++) scratch->outputs[d] *= decay;

    for (uint32_t t = first; t < tokens; t++) {
        float probability = expf(probabilities[t] - largest);
        const float *value = load_value(cache, page, t, scratch->values);
        softmax->sum += probability;
        for (uint32_t d = 0; d < cache->head_dim; d++) scratch->outputs[d] += probability * value[d];
    }
}

/// Span `span` of what a query sees.
static void add_span(const lmk_attention *op, const lmk_attention_tile *tile, uint32_t kv_head, uint32_t length,
                     uint32_t span, const lmk_attention_scratch *scratch, float *record) {
    const lmk_kv_cache *cache = op->cache;
    const uint32_t head_dim = cache->head_dim, page_tokens = lmk_kv_page_tokens(cache);
    const uint32_t first = span * LMK_SPAN_TOKENS;
    const uint32_t end = length - first < LMK_SPAN_TOKENS ? length : first + LMK_SPAN_TOKENS;
    running_softmax softmax = {-FLT_MAX, 0};
    for (uint32_t d = 0; d < head_dim; d++) scratch->outputs[d] = 0;
    const uint32_t visible = lmk_first_visible(op, length - 1);
    for (uint32_t start = first; start < end; start += page_tokens) {
        if (start + page_tokens <= visible) continue;
        const uint8_t *page = lmk_kv_page(cache, tile->blocks, op->layer, kv_head, start / page_tokens);
        add_page(cache, page, visible > start ? visible - start : 0,
                 end - start < page_tokens ? end - start : page_tokens, scratch, &softmax);
    }
    for (uint32_t d = 0; d < head_dim; d++) record[d] = scratch->outputs[d];
    *lmk_span_record_maximum(record, head_dim) = softmax.maximum;
    *lmk_span_record_sum(record, head_dim) = softmax.sum;
}

static void fold_record(float *total, float *record, uint32_t head_dim) {
    float *maximum = lmk_span_record_maximum(total, head_dim), *sum = lmk_span_record_sum(total, head_dim);
    const float added = *lmk_span_record_maximum(record, head_dim);
    const float larger = added > *maximum ? added : *maximum;
    const float decay = expf(*maximum - larger), weight = expf(added - larger);
    for (uint32_t d = 0; d < head_dim; d++) total[d] = total[d] * decay + record[d] * weight;
    *maximum = larger;
    *sum = *sum * decay + *lmk_span_record_sum(record, head_dim) * weight;
}

static void finish_query(const lmk_attention *op, size_t row, size_t head, float *total) {
    const uint32_t head_dim = op->cache->head_dim;
    float *output = op->output + row * op->output_stride + head * head_dim;
    for (uint32_t d = 0; d < head_dim; d++) output[d] = total[d] / *lmk_span_record_sum(total, head_dim);
}

static void load_query(const lmk_attention *op, size_t row, size_t head, const lmk_attention_scratch *scratch) {
    const uint32_t head_dim = op->cache->head_dim;
    const float *query = op->qkv + row * op->qkv_stride + head * head_dim;
    for (uint32_t d = 0; d < head_dim; d++) scratch->queries[d] = query[d] * op->scale;
}

void lmk_generic_attention(const lmk_attention *op, const lmk_attention_tile *tile, uint32_t kv_head,
                           float *scratch) {
    const uint32_t heads = op->q_heads / op->cache->kv_heads, head_dim = op->cache->head_dim;
    lmk_attention_scratch regions = lmk_attention_scratch_at(scratch, 1, head_dim);
    for (uint32_t row = 0; row < tile->rows; row++)
        for (uint32_t head = kv_head * heads; head < (kv_head + 1) * heads; head++) {
            const uint32_t length = tile->first_position + row + 1;
            const uint32_t first = lmk_first_visible(op, length - 1) / LMK_SPAN_TOKENS;
            load_query(op, (size_t)tile->first_row + row, head, &regions);
            add_span(op, tile, kv_head, length, first, &regions, regions.totals);
            for (uint32_t span = first + 1; span * LMK_SPAN_TOKENS < length; span++) {
                add_span(op, tile, kv_head, length, span, &regions, regions.record);
                fold_record(regions.totals, regions.record, head_dim);
            }
            finish_query(op, (size_t)tile->first_row + row, head, regions.totals);
        }
}

void lmk_generic_attention_span(const lmk_attention *op, const lmk_attention_tile *tile, uint32_t kv_head,
                                uint32_t span, float *scratch, float *records) {
    const uint32_t heads = op->q_heads / op->cache->kv_heads, head_dim = op->cache->head_dim;
    lmk_attention_scratch regions = lmk_attention_scratch_at(scratch, 1, head_dim);
    for (uint32_t head = 0; head < heads; head++) {
        load_query(op, tile->first_row, (size_t)kv_head * heads + head, &regions);
        add_span(op, tile, kv_head, tile->first_position + 1, span, &regions,
                 records + head * lmk_span_record_floats(head_dim));
    }
}

void lmk_generic_attention_fold(const lmk_attention *op, float *totals, float *records) {
    const size_t stride = lmk_span_record_floats(op->cache->head_dim);
    for (size_t head = 0; head < op->q_heads / op->cache->kv_heads; head++)
        fold_record(totals + head * stride, records + head * stride, op->cache->head_dim);
}

void lmk_generic_attention_finish(const lmk_attention *op, const lmk_attention_tile *tile, uint32_t kv_head,
                                  float *totals) {
    const size_t heads = op->q_heads / op->cache->kv_heads;
    for (size_t head = 0; head < heads; head++)
        finish_query(op, tile->first_row, kv_head * heads + head,
                     totals + head * lmk_span_record_floats(op->cache->head_dim));
}
