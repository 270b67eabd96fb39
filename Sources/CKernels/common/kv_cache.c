#include "common/kv_cache.h"

size_t lmk_kv_head_bytes(const lmk_kv_cache *cache) {
    size_t elements = (cache->head_dim + lmk_padded_head_dim(cache->head_dim)) * LMK_BLOCK_TOKENS;
    return elements * lmk_kv_element_bytes(cache->format);
}

size_t lmk_kv_block_bytes(const lmk_kv_cache *cache) {
    return (size_t)cache->layers * cache->kv_heads * lmk_kv_head_bytes(cache);
}

size_t lmk_attention_scratch_floats(uint32_t head_dim, uint32_t heads_per_kv_head) {
    size_t queries = (size_t)LMK_TILE_ROWS * heads_per_kv_head;
    size_t padded = lmk_padded_head_dim(head_dim);
    size_t per_query = 2 * padded + LMK_BLOCK_TOKENS + LMK_SUM_LANES;
    return queries * per_query + 2 * lmk_round_up(queries, 16) + 2 * padded * LMK_BLOCK_TOKENS;
}
