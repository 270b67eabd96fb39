// Writing the KV cache: the specification. Vector kernels write the same bytes.
#include "common/convert.h"
#include "common/kv_cache.h"
#include "common/vector_kernels.h"

static float finite(float x, float limit) {
    if (x != x) return 0;
    return x > limit ? limit : x < -limit ? -limit : x;
}

static void store(lmk_kv_format format, uint8_t *elements, size_t index, float x) {
    switch (format) {
    case LMK_KV_FP32: ((float *)elements)[index] = x; break;
    case LMK_KV_FP16: ((uint16_t *)elements)[index] = lmk_narrow_to_half(x); break;
    case LMK_KV_BF16: ((uint16_t *)elements)[index] = lmk_narrow_to_bfloat16(x); break;
    }
}

void lmk_generic_kv_store(const lmk_kv_cache *cache, uint8_t *page, uint32_t token, const float *key,
                          const float *value) {
    const float limit = lmk_kv_limit(cache->format);
    const size_t padded = lmk_padded_head_dim(cache->head_dim), tokens = lmk_kv_page_tokens(cache);
    uint8_t *values = page + lmk_kv_value_offset(cache);
    for (size_t d = 0; d < cache->head_dim; d++) {
        store(cache->format, page, d * tokens + token, finite(key[d], limit));
        store(cache->format, values, token * padded + d, finite(value[d], limit));
    }
}
