// Included by `<isa>/attention.c` after its `vector.h`.
//
// A query is one (row, head) pair of the tile. Pages are taken in order; per page: the scores of its tokens,
// the softmax's running maximum and sums, and probabilities times values. Every span of LMK_SPAN_TOKENS positions
// starts anew, and is then added to those before it: spans can be computed at the same time.

LMK_VECTOR_BEGIN

#include "common/simd_softmax.h"
#include "common/simd_attention_float.h"
#include "common/simd_attention_levels.h"

/// Takes over the tile's queries.
static void load_queries(const attention_call *call, const lmk_attention *op, const lmk_attention_tile *tile,
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
        s->lengths[query] = tile->first_position + (uint32_t)(query / call->heads) + 1;
        if (call->levels) {
            memset(to + head_dim, 0, (call->padded - head_dim) * sizeof(float));
            quantize_query(call, query);
        }
    }
}

// MARK: Spans

static void start_span(const attention_call *call) {
    const lmk_attention_scratch *s = &call->scratch;
    for (size_t query = 0; query < call->queries; query++) s->maxima[query] = -FLT_MAX;
    memset(s->zero_sums, 0, call->queries * LMK_SUM_LANES * sizeof(float));
    memset(s->outputs, 0, call->queries * call->padded * sizeof(float));
    memset(s->sums, 0, call->queries * LMK_SUM_LANES * sizeof(float));
}

/// The pages of span `span`, for the queries that see any of it.
static void add_span(attention_call *call, const lmk_attention *op, const lmk_attention_tile *tile,
                     uint32_t kv_head, uint32_t span) {
    const lmk_kv_cache *cache = call->cache;
    const size_t length = (size_t)tile->first_position + tile->rows;
    const size_t pages = (length + call->page_tokens - 1) / call->page_tokens;
    const size_t span_pages = LMK_SPAN_TOKENS / call->page_tokens, start = span * span_pages;
    const size_t end = pages - start < span_pages ? pages : start + span_pages;
    // Pages before the first row's window would add nothing.
    const size_t window_page = lmk_first_visible(op, tile->first_position) / call->page_tokens;
    const size_t first = window_page > start ? window_page : start;
    const uint8_t *page = lmk_kv_page(cache, tile->blocks, op->layer, kv_head, first);
    start_span(call);
    for (size_t i = first; i < end; i++) {
        const uint8_t *next =
            i + 1 < pages ? lmk_kv_page(cache, tile->blocks, op->layer, kv_head, i + 1) : page;
        call->page_start = i * call->page_tokens;
        if (call->levels)
            add_level_page(call, page, next - page);
        else
            add_float_page(call, page, next - page);
        page = next;
    }
}

/// What the span added to a query.
static void record_span(const attention_call *call, size_t query, float *record) {
    const lmk_attention_scratch *s = &call->scratch;
    const uint32_t head_dim = call->cache->head_dim;
    const float *outputs = s->outputs + query * call->padded;
    float zero = call->levels ? sum_of_lanes(vload(s->zero_sums + query * LMK_SUM_LANES)) : 0;
    for (size_t d = 0; d < call->padded; d += LMK_LANES) vstore(record + d, vload(outputs + d) + zero);
    *lmk_span_record_maximum(record, head_dim) = s->maxima[query];
    *lmk_span_record_sum(record, head_dim) = sum_of_lanes(vload(s->sums + query * LMK_SUM_LANES));
}

/// Adds a span's record to the total of those before it.
static void fold_record(float *total, float *record, uint32_t head_dim) {
    float *maximum = lmk_span_record_maximum(total, head_dim), *sum = lmk_span_record_sum(total, head_dim);
    const float added = *lmk_span_record_maximum(record, head_dim);
    const float larger = added > *maximum ? added : *maximum;
    const vfloat decay = vexp2_of_nonpositive(vsplat(*maximum - larger));
    const vfloat weight = vexp2_of_nonpositive(vsplat(added - larger));
    for (size_t d = 0; d < lmk_padded_head_dim(head_dim); d += LMK_LANES)
        vstore(total + d, vfma(vload(record + d), weight, vload(total + d) * decay));
    *maximum = larger;
    *sum = *sum * decay[0] + *lmk_span_record_sum(record, head_dim) * weight[0];
}

/// Divides a query's total by its sum.
static void finish_query(const lmk_attention *op, size_t row, size_t head, float *total) {
    const uint32_t head_dim = op->cache->head_dim;
    float *to = op->output + row * op->output_stride + head * head_dim;
    float inverse = 1 / *lmk_span_record_sum(total, head_dim);
    for (size_t d = 0; d < head_dim; d++) to[d] = total[d] * inverse;
}

// MARK: Kernels

/// Only the first page is not fetched while another one is worked on: its start, while queries are prepared.
static void prefetch_first_page(const lmk_kv_cache *cache, const uint8_t *page) {
    enum { MOST_BYTES = 16384 };
    const size_t bytes = lmk_kv_page_bytes(cache);
    for (size_t line = 0; line < bytes && line < MOST_BYTES; line += 64)
        __builtin_prefetch(page + line, 0, 3);
}

static attention_call prepare_call(const lmk_attention *op, const lmk_attention_tile *tile, uint32_t kv_head,
                                   uint32_t first_span, float *scratch) {
    const lmk_kv_cache *cache = op->cache;
    attention_call call = {.cache = cache,
                           .padded = lmk_padded_head_dim(cache->head_dim),
                           .heads = op->q_heads / cache->kv_heads,
                           .page_tokens = lmk_kv_page_tokens(cache),
                           .window = op->window == 0 ? SIZE_MAX : op->window,
                           .levels = lmk_kv_is_quantized(cache->format)};
    call.queries = tile->rows * call.heads;
    call.scratch = lmk_attention_scratch_at(scratch, call.queries, cache->head_dim);
    // From three blocks of queries on, converting a page once is cheaper than converting it per block.
    call.unpack = call.queries > 2 * LMK_QUERY_BLOCK;
    const size_t first_page = first_span * (LMK_SPAN_TOKENS / call.page_tokens);
    prefetch_first_page(cache, lmk_kv_page(cache, tile->blocks, op->layer, kv_head, first_page));
    load_queries(&call, op, tile, kv_head);
    return call;
}

void LMK_ISA_NAME(attention)(const lmk_attention *op, const lmk_attention_tile *tile, uint32_t kv_head,
                             float *scratch) {
    const uint32_t first_span = lmk_attention_first_span(op, tile), spans = lmk_attention_spans(tile);
    attention_call call = prepare_call(op, tile, kv_head, first_span, scratch);
    const lmk_attention_scratch *s = &call.scratch;
    const uint32_t head_dim = op->cache->head_dim;
    const size_t stride = lmk_span_record_floats(head_dim);
    for (uint32_t span = first_span; span < spans; span++) {
        add_span(&call, op, tile, kv_head, span);
        call.page_start = (size_t)span * LMK_SPAN_TOKENS;
        for (size_t query = first_unfinished_query(&call); query < call.queries; query++) {
            float *total = s->totals + query * stride;
            const uint32_t own_first = lmk_first_visible(op, s->lengths[query] - 1) / LMK_SPAN_TOKENS;
            if (span < own_first) continue;
            record_span(&call, query, span == own_first ? total : s->record);
            if (span > own_first) fold_record(total, s->record, head_dim);
        }
    }
    for (size_t query = 0; query < call.queries; query++)
        finish_query(op, tile->first_row + query / call.heads, kv_head * call.heads + query % call.heads,
                     s->totals + query * stride);
}

void LMK_ISA_NAME(attention_span)(const lmk_attention *op, const lmk_attention_tile *tile, uint32_t kv_head,
                                  uint32_t span, float *scratch, float *records) {
    attention_call call = prepare_call(op, tile, kv_head, span, scratch);
    add_span(&call, op, tile, kv_head, span);
    for (size_t query = 0; query < call.queries; query++)
        record_span(&call, query, records + query * lmk_span_record_floats(op->cache->head_dim));
}

void LMK_ISA_NAME(attention_fold)(const lmk_attention *op, float *totals, float *records) {
    const uint32_t head_dim = op->cache->head_dim;
    const size_t stride = lmk_span_record_floats(head_dim);
    for (size_t head = 0; head < op->q_heads / op->cache->kv_heads; head++)
        fold_record(totals + head * stride, records + head * stride, head_dim);
}

void LMK_ISA_NAME(attention_finish)(const lmk_attention *op, const lmk_attention_tile *tile, uint32_t kv_head,
                                    float *totals) {
    const size_t heads = op->q_heads / op->cache->kv_heads;
    for (size_t head = 0; head < heads; head++)
        finish_query(op, tile->first_row, kv_head * heads + head,
                     totals + head * lmk_span_record_floats(op->cache->head_dim));
}

LMK_VECTOR_END
