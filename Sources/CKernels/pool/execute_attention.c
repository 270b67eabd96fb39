#include "common/attention_scratch.h"
#include "pool/execute.h"

#include <string.h>

/// Whether no tile reads what another one stores: single rows of different sequences. The tiles of
/// one sequence are neighbours and share its block table.
static bool tiles_are_independent(const lmk_attention *op) {
    for (uint32_t i = 0; i < op->tile_count; i++) {
        if (op->tiles[i].rows != 1) return false;
        if (i > 0 && op->tiles[i].blocks == op->tiles[i - 1].blocks) return false;
    }
    return true;
}

/// Rotates the queries and keys of one kv head's group and appends its keys and values to the cache.
static void rotate_and_store(const lmk_worker *worker, const lmk_attention *op,
                             const lmk_attention_tile *tile, uint32_t kv_head) {
    const lmk_kernels *kernels = worker->kernels;
    const lmk_kv_cache *cache = op->cache;
    const uint32_t head_dim = cache->head_dim, heads = op->q_heads / cache->kv_heads;
    for (uint32_t i = 0; i < tile->rows; i++) {
        size_t row = (size_t)tile->first_row + i;
        float *queries = op->qkv + row * op->qkv_stride;
        float *key = queries + (size_t)(op->q_heads + kv_head) * head_dim;
        const float *value = key + (size_t)cache->kv_heads * head_dim;
        if (op->rotary_dim > 0) {
            const float *cosines = op->rope + row * op->rotary_dim, *sines = cosines + op->rotary_dim / 2;
            for (uint32_t head = kv_head * heads; head < (kv_head + 1) * heads; head++)
                kernels->rope(queries + (size_t)head * head_dim, cosines, sines, op->rotary_dim);
            kernels->rope(key, cosines, sines, op->rotary_dim);
        }
        uint32_t position = tile->first_position + i, page_tokens = lmk_kv_page_tokens(cache);
        uint8_t *page = lmk_kv_page(cache, tile->blocks, op->layer, kv_head, position / page_tokens);
        kernels->kv_store(cache, op->layer, page, position % page_tokens, key, value);
    }
}

/// Items are (tile, kv head), last tiles first: those see the most tokens, and what is left for the
/// end, when threads run out of work, is short.
static const lmk_attention_tile *item_tile(const lmk_attention *op, int64_t item, uint32_t *kv_head) {
    *kv_head = (uint32_t)(item % op->cache->kv_heads);
    return &op->tiles[op->tile_count - 1 - item / op->cache->kv_heads];
}

// MARK: Spans of one row on several threads
//
// A long sequence has more spans than there are kv heads: its spans are then computed by all threads, a round of
// them at a time, each into a record of its own, and the records are added up in order. One thread that goes
// through the spans adds the same numbers in the same order.

typedef struct span_rounds {
    uint32_t items;      // (tile, kv head)
    uint32_t spans;      // the most that an item sees something of
    uint32_t per_round;  // how many of them a round has of each item; 0: no splitting
} span_rounds;

/// How many spans a tile sees something of.
static uint32_t visible_spans(const lmk_attention *op, const lmk_attention_tile *tile) {
    return lmk_attention_spans(tile) - lmk_attention_first_span(op, tile);
}

/// Splitting pays where an item is longer than half of a thread's fair share.
static span_rounds rounds_for(const lmk_worker *worker, const lmk_attention *op) {
    const uint32_t threads = lmk_pool_threads(worker->pool);
    span_rounds rounds = {.items = op->tile_count * op->cache->kv_heads};
    uint64_t all = 0;
    for (uint32_t i = 0; i < op->tile_count; i++) {
        const uint32_t spans = visible_spans(op, &op->tiles[i]);
        all += (uint64_t)spans * op->cache->kv_heads;
        if (spans > rounds.spans) rounds.spans = spans;
    }
    const uint32_t slots = threads * LMK_SPLIT_RECORDS;
    const bool pays = threads > 1 && rounds.spans > 1 && 2 * (uint64_t)rounds.spans * threads > all;
    if (pays && rounds.items <= slots) rounds.per_round = slots / rounds.items;
    return rounds;
}

/// The records of an item: its totals, then one for each span of a round, all heads of each together.
static float *records_of(const lmk_worker *worker, const lmk_attention *op, const span_rounds *rounds,
                         int64_t item, uint32_t place) {
    const size_t heads = op->q_heads / op->cache->kv_heads;
    const size_t record = (size_t)item * (rounds->per_round + 1) + place;
    return worker->split + record * heads * lmk_span_record_floats(op->cache->head_dim);
}

/// A round: of each item the visible spans from the `first`th on.
static void compute_spans(lmk_worker *worker, const lmk_attention *op, const span_rounds *rounds,
                          uint32_t first) {
    lmk_worker_phase(worker, rounds->items * rounds->per_round);
    for (int64_t unit; (unit = lmk_pool_take(worker->pool, worker->thread)) >= 0;) {
        const int64_t item = unit / rounds->per_round;
        const uint32_t place = (uint32_t)(unit % rounds->per_round);
        uint32_t kv_head;
        const lmk_attention_tile *tile = item_tile(op, item, &kv_head);
        if (first + place >= visible_spans(op, tile)) continue;
        const uint32_t span = lmk_attention_first_span(op, tile) + first + place;
        worker->kernels->attention_span(op, tile, kv_head, span, worker->attention,
                                        records_of(worker, op, rounds, item, 1 + place));
    }
}

static void fold_spans(lmk_worker *worker, const lmk_attention *op, const span_rounds *rounds, uint32_t first) {
    const size_t floats = op->q_heads / op->cache->kv_heads * lmk_span_record_floats(op->cache->head_dim);
    lmk_worker_phase(worker, rounds->items);
    for (int64_t item; (item = lmk_pool_take(worker->pool, worker->thread)) >= 0;) {
        uint32_t kv_head;
        const lmk_attention_tile *tile = item_tile(op, item, &kv_head);
        const uint32_t spans = visible_spans(op, tile), end = first + rounds->per_round;
        float *totals = records_of(worker, op, rounds, item, 0);
        for (uint32_t span = first; span < spans && span < end; span++) {
            float *records = records_of(worker, op, rounds, item, 1 + span - first);
            if (span == 0)
                memcpy(totals, records, floats * sizeof(float));
            else
                worker->kernels->attention_fold(op, totals, records);
        }
        if (first < spans && spans <= end)
            worker->kernels->attention_finish(op, tile, kv_head, totals);
    }
}

// MARK: The command

static void store_all(lmk_worker *worker, const lmk_attention *op, uint32_t items) {
    uint32_t kv_head;
    lmk_worker_phase(worker, items);
    for (int64_t item; (item = lmk_pool_take(worker->pool, worker->thread)) >= 0;) {
        const lmk_attention_tile *tile = item_tile(op, item, &kv_head);
        rotate_and_store(worker, op, tile, kv_head);
    }
}

void lmk_execute_attention(lmk_worker *worker, const lmk_attention *op) {
    LMK_DEBUG_CHECK(op->cache->head_dim <= worker->limits->head_dim);
    LMK_DEBUG_CHECK(op->q_heads <= worker->limits->q_heads);
    LMK_DEBUG_CHECK(op->q_heads % op->cache->kv_heads == 0 && op->rotary_dim % 2 == 0);
    LMK_DEBUG_CHECK(lmk_kv_block_tokens_valid(op->cache->block_tokens));
    const uint32_t items = op->tile_count * op->cache->kv_heads;
    const bool independent = tiles_are_independent(op);
    const span_rounds rounds = independent ? rounds_for(worker, op) : (span_rounds){0};

    if (rounds.per_round > 0) {
        store_all(worker, op, items);
        for (uint32_t first = 0; first < rounds.spans; first += rounds.per_round) {
            compute_spans(worker, op, &rounds, first);
            fold_spans(worker, op, &rounds, first);
        }
        return;
    }
    if (!independent) store_all(worker, op, items);
    uint32_t kv_head;
    lmk_worker_phase(worker, items);
    for (int64_t item; (item = lmk_pool_take(worker->pool, worker->thread)) >= 0;) {
        const lmk_attention_tile *tile = item_tile(op, item, &kv_head);
        if (independent) rotate_and_store(worker, op, tile, kv_head);
        worker->kernels->attention(op, tile, kv_head, worker->attention);
    }
}
