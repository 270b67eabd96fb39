#include "common/kv_cache.h"
#include "pool/execute.h"

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

void lmk_execute_attention(lmk_worker *worker, const lmk_attention *op) {
    LMK_DEBUG_CHECK(op->cache->head_dim <= worker->limits->head_dim);
    LMK_DEBUG_CHECK(op->q_heads <= worker->limits->q_heads);
    LMK_DEBUG_CHECK(op->q_heads % op->cache->kv_heads == 0 && op->rotary_dim % 2 == 0);
    LMK_DEBUG_CHECK(lmk_kv_block_tokens_valid(op->cache->block_tokens));
    const uint32_t items = op->tile_count * op->cache->kv_heads;
    const bool one_phase = tiles_are_independent(op);
    uint32_t kv_head;

    lmk_pool_phase(worker->pool, items);
    for (int64_t item; (item = lmk_pool_take(worker->pool, worker->thread)) >= 0;) {
        const lmk_attention_tile *tile = item_tile(op, item, &kv_head);
        rotate_and_store(worker, op, tile, kv_head);
        if (one_phase) worker->kernels->attention(op, tile, kv_head, worker->attention);
    }
    if (one_phase) return;

    lmk_pool_phase(worker->pool, items);
    for (int64_t item; (item = lmk_pool_take(worker->pool, worker->thread)) >= 0;) {
        const lmk_attention_tile *tile = item_tile(op, item, &kv_head);
        worker->kernels->attention(op, tile, kv_head, worker->attention);
    }
}
