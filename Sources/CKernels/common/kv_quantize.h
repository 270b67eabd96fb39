// How a head's key or value becomes levels, and where levels lie inside a page: shared by the kernels of
// every instruction set, so that all write the same bytes.
#ifndef LMK_KV_QUANTIZE_H
#define LMK_KV_QUANTIZE_H

#include "common/convert.h"
#include "common/kv_cache.h"

/// x ~ level * scale + zero
typedef struct lmk_kv_step {
    uint16_t scale_bits;  // fp16, as stored
    uint16_t zero_bits;
    float zero;
    float inverse;  // 1 / scale; 0 where the scale is
    float largest_level;
} lmk_kv_step;

static inline lmk_kv_step lmk_kv_step_from_bits(uint16_t scale_bits, uint16_t zero_bits,
                                                float largest_level) {
    const float scale = lmk_widen_half(scale_bits);
    return (lmk_kv_step){
        .scale_bits = scale_bits,
        .zero_bits = zero_bits,
        .zero = lmk_widen_half(zero_bits),
        .inverse = scale > 0 ? 1 / scale : 0,
        .largest_level = largest_level,
    };
}

/// For finite values in smallest ... largest, which lie in -65504 ... 65504.
static inline lmk_kv_step lmk_kv_step_for_range(lmk_kv_format format, float smallest, float largest) {
    const float largest_level = format == LMK_KV_INT8 ? 255 : 15;
    // Adding 0 leaves one zero of the two, whichever the minimum is.
    const uint16_t zero_bits = lmk_narrow_to_half(smallest + 0.0f);
    const float range = largest - lmk_widen_half(zero_bits);
    const float scale = range > 0 ? range / largest_level : 0;
    // A scale rounded down would cut off the largest values; denormal halves are rounded by up to a half.
    uint16_t scale_bits = lmk_narrow_to_half(scale);
    if (lmk_widen_half(scale_bits) < scale) scale_bits++;
    return lmk_kv_step_from_bits(scale_bits, zero_bits, largest_level);
}

/// Static parameters count levels from -128.
static inline lmk_kv_step lmk_kv_static_step(float scale, float zero) {
    return lmk_kv_step_from_bits(lmk_narrow_to_half(scale), lmk_narrow_to_half(zero - 128 * scale), 255);
}

/// A page's arrays of [T] halves.
static inline uint16_t *lmk_kv_parameters(const lmk_kv_cache *cache, uint8_t *page) {
    return (uint16_t *)(page + lmk_kv_parameter_offset(cache));
}

static inline void lmk_kv_store_step(const lmk_kv_cache *cache, uint8_t *page, uint32_t token, bool is_value,
                                     const lmk_kv_step *step) {
    const size_t tokens = lmk_kv_page_tokens(cache);
    uint16_t *parameters = lmk_kv_parameters(cache, page) + (is_value ? 2 * tokens : 0);
    parameters[token] = step->scale_bits;
    parameters[tokens + token] = step->zero_bits;
}

/// A level is the bits from `shift` on of a byte of the page.
typedef struct lmk_kv_place {
    size_t byte;
    uint32_t shift;
} lmk_kv_place;

static inline lmk_kv_place lmk_kv_key_place(const lmk_kv_cache *cache, size_t token, size_t d) {
    const size_t tokens = lmk_kv_page_tokens(cache);
    if (cache->format == LMK_KV_INT8) return (lmk_kv_place){(d / 4 * tokens + token) * 4 + d % 4, 0};
    return (lmk_kv_place){(d / 8 * tokens + token) * 4 + d % 4, d % 8 < 4 ? 0 : 4};
}

static inline lmk_kv_place lmk_kv_value_place(const lmk_kv_cache *cache, size_t token, size_t d) {
    const size_t start = lmk_kv_value_offset(cache), padded = lmk_padded_head_dim(cache->head_dim);
    if (cache->format == LMK_KV_INT8)
        return (lmk_kv_place){start + (token / 4 * padded + d) * 4 + token % 4, 0};
    const size_t column = d / 16 * 8 + d % 8;
    return (lmk_kv_place){start + (token / 4 * (padded / 2) + column) * 4 + token % 4, d % 16 < 8 ? 0 : 4};
}

#endif
