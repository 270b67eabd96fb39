// Writing the KV cache: the specification. Vector kernels write the same bytes.
#include "common/kv_quantize.h"
#include "common/linear_encode.h"
#include "common/vector_kernels.h"

static float storable(float x, float limit) {
    if (x != x) return 0;
    return x > limit ? limit : x < -limit ? -limit : x;
}

// MARK: Floats

static void store_float(lmk_kv_format format, uint8_t *elements, size_t index, float x) {
    switch (format) {
    case LMK_KV_FP16: ((uint16_t *)elements)[index] = lmk_narrow_to_half(x); break;
    case LMK_KV_BF16: ((uint16_t *)elements)[index] = lmk_narrow_to_bfloat16(x); break;
    default: ((float *)elements)[index] = x; break;
    }
}

static void store_floats(const lmk_kv_cache *cache, uint8_t *page, uint32_t token, const float *key,
                         const float *value) {
    const float limit = lmk_kv_limit(cache->format);
    const size_t padded = lmk_padded_head_dim(cache->head_dim), tokens = lmk_kv_page_tokens(cache);
    uint8_t *values = page + lmk_kv_value_offset(cache);
    for (size_t d = 0; d < cache->head_dim; d++)
        store_float(cache->format, page, d * tokens + token, storable(key[d], limit));
    for (size_t d = 0; d < padded; d++)
        store_float(cache->format, values, token * padded + d,
                    d < cache->head_dim ? storable(value[d], limit) : 0);
}

// MARK: Levels

static lmk_kv_step step_for(lmk_kv_format format, const float *x, size_t n) {
    const float limit = lmk_kv_limit(format);
    float smallest = limit, largest = -limit;
    for (size_t d = 0; d < n; d++) {
        const float value = storable(x[d], limit);
        smallest = value < smallest ? value : smallest;
        largest = value > largest ? value : largest;
    }
    return lmk_kv_step_for_range(format, smallest, largest);
}

static uint8_t level(const lmk_kv_step *step, float x, float limit) {
    const float exact = (storable(x, limit) - step->zero) * step->inverse;
    const float limited = exact < 0 ? 0 : exact > step->largest_level ? step->largest_level : exact;
    return (uint8_t)lmk_round_to_even(limited);
}

static void store_levels(const lmk_kv_cache *cache, uint8_t *page, uint32_t token, bool is_value,
                         const lmk_kv_step *step, const float *x) {
    const float limit = lmk_kv_limit(cache->format);
    const uint32_t mask = cache->format == LMK_KV_INT8 ? 0xff : 0x0f;
    for (size_t d = 0; d < lmk_padded_head_dim(cache->head_dim); d++) {
        const uint32_t bits = d < cache->head_dim ? level(step, x[d], limit) : 0;
        const lmk_kv_place place =
            is_value ? lmk_kv_value_place(cache, token, d) : lmk_kv_key_place(cache, token, d);
        uint8_t *byte = page + place.byte;
        *byte = (uint8_t)((*byte & ~(mask << place.shift)) | bits << place.shift);
    }
    lmk_kv_store_step(cache, page, token, is_value, step);
}

void lmk_generic_kv_store(const lmk_kv_cache *cache, uint32_t layer, uint8_t *page, uint32_t token,
                          const float *key, const float *value) {
    if (!lmk_kv_is_quantized(cache->format)) {
        store_floats(cache, page, token, key, value);
        return;
    }
    lmk_kv_step key_step, value_step;
    if (cache->static_scales != NULL) {
        const lmk_kv_scales *scales = &cache->static_scales[layer];
        key_step = lmk_kv_static_step(scales->key_scale, scales->key_zero);
        value_step = lmk_kv_static_step(scales->value_scale, scales->value_zero);
    } else {
        key_step = step_for(cache->format, key, cache->head_dim);
        value_step = step_for(cache->format, value, cache->head_dim);
    }
    store_levels(cache, page, token, false, &key_step, key);
    store_levels(cache, page, token, true, &value_step, value);
}
