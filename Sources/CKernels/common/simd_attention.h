// Included by `<isa>/attention.c` after its `vector.h`.
//
// A query is one (row, head) pair of the tile. Pages are taken in order; per page: the scores of its tokens,
// the softmax's running maximum and sums, and probabilities times values.

LMK_VECTOR_BEGIN

#include "common/simd_softmax.h"
#include "common/simd_attention_float.h"
#include "common/simd_attention_levels.h"

static void start_queries(const attention_call *call, const lmk_attention *op, const lmk_attention_tile *tile,
                          uint32_t kv_head) {
    const lmk_attention_scratch *s = &call->scratch;
    const size_t head_dim = call->cache->head_dim;
    // Scores in units of log2, for exp2.
    const float scale = op->scale * 1.44269504f;
    for (size_t query = 0; query < call->queries; query++) {
        size_t row = tile->first_row + query / call->heads;
        size_t head = kv_head * call->heads + query % call->heads;
        const float *from = op->qkv + row * op->qkv_stride + head * head_dim;
        float *to = s->queries + query * call->padded;
        for (size_t d = 0; d < head_dim; d++) to[d] = from[d] * scale;
        s->maxima[query] = -FLT_MAX;
        s->lengths[query] = tile->first_position + (uint32_t)(query / call->heads) + 1;
        if (call->levels) {
            memset(to + head_dim, 0, (call->padded - head_dim) * sizeof(float));
            quantize_query(call, query);
        }
    }
    memset(s->zero_sums, 0, call->queries * LMK_SUM_LANES * sizeof(float));
    memset(s->outputs, 0, call->queries * call->padded * sizeof(float));
    memset(s->sums, 0, call->queries * LMK_SUM_LANES * sizeof(float));
}

static void finish_queries(const attention_call *call, const lmk_attention *op,
                           const lmk_attention_tile *tile, uint32_t kv_head) {
    const lmk_attention_scratch *s = &call->scratch;
    const size_t head_dim = call->cache->head_dim;
    for (size_t query = 0; query < call->queries; query++) {
        size_t row = tile->first_row + query / call->heads;
        size_t head = kv_head * call->heads + query % call->heads;
        float *to = op->output + row * op->output_stride + head * head_dim;
        float inverse = 1 / sum_of_lanes(vload(s->sums + query * LMK_SUM_LANES));
        float zero = call->levels ? sum_of_lanes(vload(s->zero_sums + query * LMK_SUM_LANES)) : 0;
        for (size_t d = 0; d < head_dim; d++) to[d] = (s->outputs[query * call->padded + d] + zero) * inverse;
    }
}

/// Only the first page is not fetched while another one is worked on: its start, while queries are prepared.
static void prefetch_first_page(const lmk_kv_cache *cache, const uint8_t *page) {
    enum { MOST_BYTES = 16384 };
    const size_t bytes = lmk_kv_page_bytes(cache);
    for (size_t line = 0; line < bytes && line < MOST_BYTES; line += 64)
        __builtin_prefetch(page + line, 0, 3);
}

void LMK_ISA_NAME(attention)(const lmk_attention *op, const lmk_attention_tile *tile, uint32_t kv_head,
                             float *scratch) {
    const lmk_kv_cache *cache = op->cache;
    attention_call call = {.cache = cache,
                           .padded = lmk_padded_head_dim(cache->head_dim),
                           .heads = op->q_heads / cache->kv_heads,
                           .page_tokens = lmk_kv_page_tokens(cache),
                           .levels = lmk_kv_is_quantized(cache->format)};
    call.queries = tile->rows * call.heads;
    call.scratch = lmk_attention_scratch_at(scratch, call.queries, cache->head_dim);
    // From three blocks of queries on, converting a page once is cheaper than converting it per block.
    call.unpack = call.queries > 2 * LMK_QUERY_BLOCK;
    const uint8_t *page = lmk_kv_page(cache, tile->blocks, op->layer, kv_head, 0);
    prefetch_first_page(cache, page);
    start_queries(&call, op, tile, kv_head);

    const size_t length = (size_t)tile->first_position + tile->rows;
    const size_t pages = (length + call.page_tokens - 1) / call.page_tokens;
    for (size_t i = 0; i < pages; i++) {
        const uint8_t *next =
            i + 1 < pages ? lmk_kv_page(cache, tile->blocks, op->layer, kv_head, i + 1) : page;
        call.page_start = i * call.page_tokens;
        if (call.levels)
            add_level_page(&call, page, next - page);
        else
            add_float_page(&call, page, next - page);
        page = next;
    }
    finish_queries(&call, op, tile, kv_head);
}

LMK_VECTOR_END
