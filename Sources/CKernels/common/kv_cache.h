// Sizes and places inside the paged KV cache. `include/lmk.h` documents the layout; this file is the only one
// that turns the description into byte offsets.
#ifndef LMK_KV_CACHE_H
#define LMK_KV_CACHE_H

#include "common/kernels.h"

static inline size_t lmk_round_up(size_t value, size_t multiple) {
    return (value + multiple - 1) / multiple * multiple;
}

static inline size_t lmk_padded_head_dim(uint32_t head_dim) { return lmk_round_up(head_dim, 16); }

/// Tokens in a page: a short block is one page, a long one is several.
static inline uint32_t lmk_kv_page_tokens(const lmk_kv_cache *cache) {
    return cache->block_tokens < LMK_PAGE_TOKENS ? cache->block_tokens : LMK_PAGE_TOKENS;
}

static inline bool lmk_kv_is_quantized(lmk_kv_format format) {
    return format == LMK_KV_INT8 || format == LMK_KV_INT4;
}

static inline size_t lmk_kv_element_bits(lmk_kv_format format) {
    static const uint8_t bits[LMK_KV_FORMAT_COUNT] = {32, 16, 16, 8, 4};
    return bits[format];
}

/// Where the values start inside a page: behind the keys.
static inline size_t lmk_kv_value_offset(const lmk_kv_cache *cache) {
    const bool padded = lmk_kv_is_quantized(cache->format);
    const size_t rows = padded ? lmk_padded_head_dim(cache->head_dim) : cache->head_dim;
    return rows * lmk_kv_page_tokens(cache) * lmk_kv_element_bits(cache->format) / 8;
}

/// Where a quantised page's scales and zeros start: behind the values.
static inline size_t lmk_kv_parameter_offset(const lmk_kv_cache *cache) {
    const size_t elements = lmk_padded_head_dim(cache->head_dim) * lmk_kv_page_tokens(cache);
    return lmk_kv_value_offset(cache) + elements * lmk_kv_element_bits(cache->format) / 8;
}

size_t lmk_kv_page_bytes(const lmk_kv_cache *cache);

/// The page of one layer and kv head that holds positions page * T ..< (page + 1) * T of the sequence with
/// the given block table.
uint8_t *lmk_kv_page(const lmk_kv_cache *cache, const int32_t *blocks, uint32_t layer, uint32_t kv_head,
                     size_t page);

/// The largest magnitude that the cache stores. A key of 2^100 meets queries of 2^20 without overflow.
static inline float lmk_kv_limit(lmk_kv_format format) {
    return format == LMK_KV_FP32 || format == LMK_KV_BF16 ? 0x1p100f : 65504;
}

#endif
