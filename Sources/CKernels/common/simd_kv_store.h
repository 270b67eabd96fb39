// Writing the KV cache, byte for byte as `generic/kv_store.c`. Included by `<isa>/kv_store.c` after its
// `vector.h`.

LMK_VECTOR_BEGIN

/// What may be stored: NaN becomes 0, and magnitudes are limited.
LMK_INLINE vfloat storable(vfloat x, float limit) {
    x = vselect(x == x, x, vsplat(0));
    x = vselect(x > limit, vsplat(limit), x);
    return vselect(x < -limit, vsplat(-limit), x);
}

/// The vector of a head of `n` elements that starts at `d`, with zeros behind the head.
LMK_INLINE vfloat load_finite(const float *x, size_t n, size_t d, float limit) {
    if (d >= n) return vsplat(0);
    return storable(n - d < LMK_LANES ? vload_first(x + d, n - d) : vload(x + d), limit);
}

LMK_INLINE void store_bits16(lmk_kv_format format, uint16_t *to, vfloat x) {
    if (format == LMK_KV_FP16)
        vstore_half(to, x);
    else
        vstore_bfloat16(to, x);
}

static void store_token_16(const lmk_kv_cache *cache, uint16_t *keys, uint16_t *values, const float *key,
                           const float *value) {
    const float limit = lmk_kv_limit(cache->format);
    const size_t head_dim = cache->head_dim, key_stride = lmk_kv_page_tokens(cache);
    for (size_t d = 0; d < lmk_padded_head_dim(cache->head_dim); d += LMK_LANES) {
        uint16_t bits[LMK_LANES];
        store_bits16(cache->format, bits, load_finite(key, head_dim, d, limit));
        for (size_t i = 0; i < LMK_LANES && d + i < head_dim; i++) keys[(d + i) * key_stride] = bits[i];
        store_bits16(cache->format, values + d, load_finite(value, head_dim, d, limit));
    }
}

static void store_token_32(const lmk_kv_cache *cache, float *keys, float *values, const float *key,
                           const float *value) {
    const float limit = lmk_kv_limit(cache->format);
    const size_t head_dim = cache->head_dim, key_stride = lmk_kv_page_tokens(cache);
    for (size_t d = 0; d < lmk_padded_head_dim(cache->head_dim); d += LMK_LANES) {
        float floats[LMK_LANES];
        vstore(floats, load_finite(key, head_dim, d, limit));
        for (size_t i = 0; i < LMK_LANES && d + i < head_dim; i++) keys[(d + i) * key_stride] = floats[i];
        vstore(values + d, load_finite(value, head_dim, d, limit));
    }
}

// MARK: Levels

/// The step for n finite values, padded with any of them to whole vectors.
static lmk_kv_step step_for(lmk_kv_format format, const float *x, size_t n) {
    vfloat smallest = vload(x), largest = smallest;
    for (size_t d = LMK_LANES; d < n; d += LMK_LANES) {
        vfloat value = vload(x + d);
        smallest = vselect(value < smallest, value, smallest);
        largest = vselect(value > largest, value, largest);
    }
    return lmk_kv_step_for_range(format, -largest_lane(-smallest), largest_lane(largest));
}

static void quantize(const lmk_kv_step *step, const float *x, size_t n, uint8_t *levels) {
    for (size_t d = 0; d < n; d += LMK_LANES) {
        vfloat exact = (vload(x + d) - step->zero) * step->inverse;
        exact = vselect(exact < 0.0f, vsplat(0), exact);
        exact = vselect(exact > step->largest_level, vsplat(step->largest_level), exact);
        vbytes bytes = __builtin_convertvector(vround(exact), vbytes);
        memcpy(levels + d, &bytes, sizeof bytes);
    }
}

/// Quads of levels, `stride` bytes apart; int4 has the next four levels in the high halves.
static void scatter_key(lmk_kv_format format, uint8_t *keys, size_t stride, const uint8_t *levels, size_t n) {
    const size_t step = format == LMK_KV_INT8 ? 4 : 8;
    for (size_t d = 0; d < n; d += step, keys += stride) {
        uint32_t quad, high;
        memcpy(&quad, levels + d, sizeof quad);
        memcpy(&high, levels + d + step - 4, sizeof high);
        if (format == LMK_KV_INT4) quad |= high << 4;
        memcpy(keys, &quad, sizeof quad);
    }
}

static void scatter_value(lmk_kv_format format, uint8_t *values, const uint8_t *levels, size_t n) {
    if (format == LMK_KV_INT8) {
        for (size_t d = 0; d < n; d++) values[4 * d] = levels[d];
        return;
    }
    for (size_t d = 0; d < n; d += 16, levels += 16)
        for (size_t i = 0; i < 8; i++) values[2 * d + 4 * i] = (uint8_t)(levels[i] | levels[8 + i] << 4);
}

static void store_levels(const lmk_kv_cache *cache, uint8_t *page, uint32_t token, bool is_value,
                         const lmk_kv_step *static_step, const float *x) {
    const size_t head_dim = cache->head_dim, padded = lmk_padded_head_dim(cache->head_dim);
    const float limit = lmk_kv_limit(cache->format);
    float values[LMK_KV_QUANTIZED_HEAD_DIM];
    for (size_t d = 0; d < padded; d += LMK_LANES)
        vstore(values + d, load_finite(x, head_dim, d, limit));
    // What is behind the head is neither smallest nor largest.
    for (size_t d = head_dim; d < padded; d++) values[d] = values[0];
    const lmk_kv_step step = static_step ? *static_step : step_for(cache->format, values, padded);
    uint8_t levels[LMK_KV_QUANTIZED_HEAD_DIM];
    quantize(&step, values, padded, levels);
    memset(levels + head_dim, 0, padded - head_dim);

    const lmk_kv_place first =
        is_value ? lmk_kv_value_place(cache, token, 0) : lmk_kv_key_place(cache, token, 0);
    if (is_value)
        scatter_value(cache->format, page + first.byte, levels, padded);
    else
        scatter_key(cache->format, page + first.byte, 4 * lmk_kv_page_tokens(cache), levels, padded);
    lmk_kv_store_step(cache, page, token, is_value, &step);
}

// MARK: Any format

static void store_floats(const lmk_kv_cache *cache, uint8_t *page, uint32_t token, const float *key,
                         const float *value) {
    const size_t value_row = token * lmk_padded_head_dim(cache->head_dim);
    uint8_t *values = page + lmk_kv_value_offset(cache);
    if (cache->format == LMK_KV_FP32)
        store_token_32(cache, (float *)page + token, (float *)values + value_row, key, value);
    else
        store_token_16(cache, (uint16_t *)page + token, (uint16_t *)values + value_row, key, value);
}

void LMK_ISA_NAME(kv_store)(const lmk_kv_cache *cache, uint32_t layer, uint8_t *page, uint32_t token,
                            const float *key, const float *value) {
    if (!lmk_kv_is_quantized(cache->format)) {
        store_floats(cache, page, token, key, value);
    } else if (cache->static_scales == NULL) {
        store_levels(cache, page, token, false, NULL, key);
        store_levels(cache, page, token, true, NULL, value);
    } else {
        const lmk_kv_scales *scales = &cache->static_scales[layer];
        const lmk_kv_step key_step = lmk_kv_static_step(scales->key_scale, scales->key_zero);
        const lmk_kv_step value_step = lmk_kv_static_step(scales->value_scale, scales->value_zero);
        store_levels(cache, page, token, false, &key_step, key);
        store_levels(cache, page, token, true, &value_step, value);
    }
}

LMK_VECTOR_END
