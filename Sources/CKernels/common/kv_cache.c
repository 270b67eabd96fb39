#include "common/kv_cache.h"

bool lmk_kv_block_tokens_valid(uint32_t block_tokens) {
    return block_tokens == 16 || block_tokens == 32 ||
           (block_tokens > 0 && block_tokens % LMK_PAGE_TOKENS == 0);
}

size_t lmk_kv_page_bytes(const lmk_kv_cache *cache) {
    // Scale and zero of key and value.
    const size_t parameters = lmk_kv_is_quantized(cache->format) ? 4 : 0;
    return lmk_kv_parameter_offset(cache) + parameters * lmk_kv_page_tokens(cache) * sizeof(uint16_t);
}

size_t lmk_kv_head_bytes(const lmk_kv_cache *cache) {
    return cache->block_tokens / lmk_kv_page_tokens(cache) * lmk_kv_page_bytes(cache);
}

size_t lmk_kv_block_bytes(const lmk_kv_cache *cache) {
    return (size_t)cache->layers * cache->kv_heads * lmk_kv_head_bytes(cache);
}

uint8_t *lmk_kv_page(const lmk_kv_cache *cache, const int32_t *blocks, uint32_t layer, uint32_t kv_head,
                     size_t page) {
    const size_t pages_per_block = cache->block_tokens / lmk_kv_page_tokens(cache);
    const size_t block = (size_t)blocks[page / pages_per_block];
    const size_t heads_before = (size_t)layer * cache->kv_heads + kv_head;
    return cache->pool + block * lmk_kv_block_bytes(cache) + heads_before * lmk_kv_head_bytes(cache) +
           page % pages_per_block * lmk_kv_page_bytes(cache);
}
