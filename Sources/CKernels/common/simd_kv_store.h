// Writing the KV cache, byte for byte as `generic/kv_store.c`. Included by `<isa>/kv_store.c` after its `vector.h`.

LMK_VECTOR_BEGIN

/// What may be stored: NaN becomes 0, and magnitudes are limited.
LMK_INLINE vfloat finite(vfloat x, float limit) {
    x = vselect(x == x, x, vsplat(0));
    x = vselect(x > limit, vsplat(limit), x);
    return vselect(x < -limit, vsplat(-limit), x);
}

/// The vector at x, or its first `count` elements and zeros.
LMK_INLINE vfloat load_up_to(const float *x, size_t count) {
    return count < LMK_LANES ? vload_first(x, count) : vload(x);
}

LMK_INLINE void store_bits16(lmk_kv_format format, uint16_t *to, vfloat x) {
    if (format == LMK_KV_FP16)
        vstore_half(to, x);
    else
        vstore_bfloat16(to, x);
}

static void store_token_16(lmk_kv_format format, uint16_t *keys, size_t key_stride, uint16_t *values,
                           size_t head_dim, const float *key, const float *value) {
    const float limit = lmk_kv_limit(format);
    for (size_t d = 0; d < head_dim; d += LMK_LANES) {
        size_t count = head_dim - d < LMK_LANES ? head_dim - d : LMK_LANES;
        uint16_t bits[LMK_LANES];
        store_bits16(format, bits, finite(load_up_to(key + d, count), limit));
        for (size_t i = 0; i < count; i++) keys[(d + i) * key_stride] = bits[i];
        // Rows of V are padded to a multiple of 16, so a whole vector fits.
        store_bits16(format, values + d, finite(load_up_to(value + d, count), limit));
    }
}

static void store_token_32(float *keys, size_t key_stride, float *values, size_t head_dim, const float *key,
                           const float *value) {
    const float limit = lmk_kv_limit(LMK_KV_FP32);
    for (size_t d = 0; d < head_dim; d += LMK_LANES) {
        size_t count = head_dim - d < LMK_LANES ? head_dim - d : LMK_LANES;
        float floats[LMK_LANES];
        vstore(floats, finite(load_up_to(key + d, count), limit));
        for (size_t i = 0; i < count; i++) keys[(d + i) * key_stride] = floats[i];
        vstore(values + d, finite(load_up_to(value + d, count), limit));
    }
}

void LMK_ISA_NAME(kv_store)(const lmk_kv_cache *cache, uint8_t *page, uint32_t token, const float *key,
                            const float *value) {
    const size_t head_dim = cache->head_dim, key_stride = lmk_kv_page_tokens(cache);
    const size_t value_row = token * lmk_padded_head_dim(cache->head_dim);
    uint8_t *values = page + lmk_kv_value_offset(cache);
    if (cache->format == LMK_KV_FP32)
        store_token_32((float *)page + token, key_stride, (float *)values + value_row, head_dim, key, value);
    else
        store_token_16(cache->format, (uint16_t *)page + token, key_stride, (uint16_t *)values + value_row,
                       head_dim, key, value);
}

LMK_VECTOR_END
