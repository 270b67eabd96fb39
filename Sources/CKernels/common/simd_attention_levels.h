// Attention over pages of int8 and int4 levels; included by `simd_attention.h`. A key is level * scale + zero:
//   score[t]   = sum over d of Q[d] * level[t][d] * scale[t]  +  sum over d of Q[d] * zero[t]
//   output[d] += sum over t of (P[t] * scale[t]) * level[t][d], and sum over t of P[t] * zero[t] for every d
// Queries, and a page's weights P * scale, are rounded to int16 with one scale each, so that both sums over
// levels are dot products of integers: exact in any order, and a row's bits cannot depend on its neighbours.
// 16 bits keep the rounding far below the cache's own: 8 would not.
//
// 32767 * 255 * 256 dimensions fit an int32.

// MARK: The product

typedef enum level_source { KEYS_INT8, KEYS_INT4, VALUES_INT8, VALUES_INT4, LEVEL_SOURCES } level_source;

/// Some columns of a page's K (a column is a token) or V (a column is a dimension).
typedef struct level_panel {
    const uint8_t *rows;
    size_t row_bytes;
    size_t row_count;
    ptrdiff_t prefetch;  // bytes from a row to what the next page has in its place
} level_panel;

#if defined(LMK_LEVEL_SUMS)
#include LMK_LEVEL_SUMS
#else
LMK_INLINE vint vsplat_pair(const int16_t *pair) {
    int32_t bits;
    memcpy(&bits, pair, sizeof bits);
    return bits - (vint){0};
}

/// Two of each lane's levels as int16. Stage s of a row gives those that meet factor pair s.
LMK_INLINE vwords levels_at(const level_source source, const uint8_t *row, int vector, int stage) {
    if (source == VALUES_INT4) {
        // 32 bytes are eight columns of each half of 16 dimensions.
#if LMK_LANES == 16
        const vuwords halves = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
                                4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4};
        return (vwords)(vload_half_twice(row + vector * 32) >> (halves + (uint16_t)(8 * stage)) & 15);
#else
        return (vwords)(vload_words(row + vector / 2 * 32) >> (4 * (vector % 2) + 8 * stage) & 15);
#endif
    }
    vuwords words = vload_words(row + vector * LMK_LANES * 4);
    if (source == KEYS_INT4) return (vwords)(words >> (8 * (stage % 2) + 4 * (stage / 2)) & 15);
    return (vwords)(stage == 0 ? words & 255 : words >> 8);
}

/// sums[q][column] = sum over the panel's rows of factors[q] * levels
LMK_INLINE void sum_products(const int queries, const int vectors, const level_source source,
                             const level_panel *panel, const int16_t *factors, size_t stride,
                             vint sums[LMK_LEVEL_QUERIES][LMK_LEVEL_VECTORS]) {
    const int stages = source == KEYS_INT4 ? 4 : 2;
    LMK_UNROLL for (int q = 0; q < queries; q++)
        LMK_UNROLL for (int v = 0; v < vectors; v++) sums[q][v] = (vint){0};

    const uint8_t *row = panel->rows;
    const ptrdiff_t ahead = panel->prefetch;
    for (size_t i = 0; i < panel->row_count; i++, row += panel->row_bytes, factors += 2 * stages) {
        const int bytes = vectors * LMK_LANES * (source == VALUES_INT4 ? 2 : 4);
        LMK_UNROLL for (int line = 0; line < bytes; line += 64)
            __builtin_prefetch(row + ahead + line, 0, 3);
        LMK_UNROLL for (int stage = 0; stage < stages; stage++) {
            vwords factor[LMK_LEVEL_QUERIES];
            LMK_UNROLL for (int q = 0; q < queries; q++)
                factor[q] = (vwords)vsplat_pair(factors + q * stride + 2 * stage);
            LMK_UNROLL for (int v = 0; v < vectors; v++) {
                vwords levels = levels_at(source, row, v, stage);
                LMK_UNROLL for (int q = 0; q < queries; q++)
                    sums[q][v] = vdot_pairs(sums[q][v], levels, factor[q]);
            }
        }
    }
}
#endif

/// For keys: integers into `out`. For values: out += sum * scale, one rounding for each page and element.
LMK_INLINE void multiply_levels(const int queries, const int vectors, const level_source source,
                                const level_panel *panel, const int16_t *factors, size_t stride,
                                const float *scales, float *out, size_t out_stride) {
    vint sums[LMK_LEVEL_QUERIES][LMK_LEVEL_VECTORS];
    sum_products(queries, vectors, source, panel, factors, stride, sums);
    LMK_UNROLL for (int q = 0; q < queries; q++)
        LMK_UNROLL for (int v = 0; v < vectors; v++) {
            float *to = out + q * out_stride + v * LMK_LANES;
            if (source == KEYS_INT8 || source == KEYS_INT4)
                vstore_ints(to, sums[q][v]);
            else
                vstore(to, vfma(__builtin_convertvector(sums[q][v], vfloat), vsplat(scales[q]), vload(to)));
        }
}

// Register blocks need their sizes at compile time: one function for each. Wide panels have as many vectors
// as accumulators fit the registers, narrow ones have 16 columns.
typedef void (*level_product)(const level_panel *, const int16_t *, size_t, const float *, float *, size_t);

#define LMK_LEVEL_PRODUCT(queries, vectors, source)                                                          \
    static void multiply_##source##_##queries##_##vectors(const level_panel *panel, const int16_t *factors,  \
                                                          size_t stride, const float *scales, float *out,    \
                                                          size_t out_stride) {                               \
        multiply_levels(queries, vectors, source, panel, factors, stride, scales, out, out_stride);          \
    }
#define LMK_LEVEL_PRODUCTS(queries, vectors)           \
    LMK_LEVEL_PRODUCT(queries, vectors, KEYS_INT8)     \
    LMK_LEVEL_PRODUCT(queries, vectors, KEYS_INT4)     \
    LMK_LEVEL_PRODUCT(queries, vectors, VALUES_INT8)   \
    LMK_LEVEL_PRODUCT(queries, vectors, VALUES_INT4)
#define LMK_LEVEL_NAMES(queries, vectors)                                                                    \
    {multiply_KEYS_INT8_##queries##_##vectors, multiply_KEYS_INT4_##queries##_##vectors,                     \
     multiply_VALUES_INT8_##queries##_##vectors, multiply_VALUES_INT4_##queries##_##vectors}

#if LMK_LANES == 16
LMK_LEVEL_PRODUCTS(1, 1)
LMK_LEVEL_PRODUCTS(1, 4)
LMK_LEVEL_PRODUCTS(2, 1)
LMK_LEVEL_PRODUCTS(2, 4)
LMK_LEVEL_PRODUCTS(3, 1)
LMK_LEVEL_PRODUCTS(3, 4)
LMK_LEVEL_PRODUCTS(4, 1)
LMK_LEVEL_PRODUCTS(4, 4)
static const level_product narrow_products[LMK_LEVEL_QUERIES][LEVEL_SOURCES] = {
    LMK_LEVEL_NAMES(1, 1), LMK_LEVEL_NAMES(2, 1), LMK_LEVEL_NAMES(3, 1), LMK_LEVEL_NAMES(4, 1)};
static const level_product wide_products[LMK_LEVEL_QUERIES][LEVEL_SOURCES] = {
    LMK_LEVEL_NAMES(1, 4), LMK_LEVEL_NAMES(2, 4), LMK_LEVEL_NAMES(3, 4), LMK_LEVEL_NAMES(4, 4)};
static const size_t wide_columns[LMK_LEVEL_QUERIES] = {64, 64, 64, 64};
#else
LMK_LEVEL_PRODUCTS(1, 2)
LMK_LEVEL_PRODUCTS(1, 8)
LMK_LEVEL_PRODUCTS(2, 2)
LMK_LEVEL_PRODUCTS(2, 4)
LMK_LEVEL_PRODUCTS(3, 2)
LMK_LEVEL_PRODUCTS(4, 2)
static const level_product narrow_products[LMK_LEVEL_QUERIES][LEVEL_SOURCES] = {
    LMK_LEVEL_NAMES(1, 2), LMK_LEVEL_NAMES(2, 2), LMK_LEVEL_NAMES(3, 2), LMK_LEVEL_NAMES(4, 2)};
static const level_product wide_products[LMK_LEVEL_QUERIES][LEVEL_SOURCES] = {
    LMK_LEVEL_NAMES(1, 8), LMK_LEVEL_NAMES(2, 4), LMK_LEVEL_NAMES(3, 2), LMK_LEVEL_NAMES(4, 2)};
static const size_t wide_columns[LMK_LEVEL_QUERIES] = {64, 32, 16, 16};
#endif

// MARK: A page

LMK_INLINE size_t level_block_size(const attention_call *call, size_t query) {
    size_t rest = call->queries - query;
    return rest < LMK_LEVEL_QUERIES ? rest : LMK_LEVEL_QUERIES;
}

/// The page's scales and zeros as floats.
static void load_parameters(const attention_call *call, const uint8_t *page, ptrdiff_t prefetch) {
    const uint16_t *halves = (const uint16_t *)(page + lmk_kv_parameter_offset(call->cache));
    for (size_t array = 0; array < 4; array++, halves += call->page_tokens) {
        __builtin_prefetch((const uint8_t *)halves + prefetch, 0, 3);
        __builtin_prefetch((const uint8_t *)(halves + call->page_tokens) + prefetch - 1, 0, 3);
        for (size_t t = 0; t < call->page_tokens; t += LMK_LANES)
            vstore(call->scratch.parameters + array * LMK_PAGE_TOKENS + t, vload_half(halves + t));
    }
}

static void add_level_scores(const attention_call *call, const uint8_t *keys, ptrdiff_t prefetch,
                             size_t first_query) {
    const lmk_attention_scratch *s = &call->scratch;
    const bool int8 = call->cache->format == LMK_KV_INT8;
    level_panel panel = {.row_bytes = call->page_tokens * 4,
                         .row_count = call->padded / (int8 ? 4 : 8),
                         .prefetch = prefetch};
    for (size_t query = first_query; query < call->queries; query += LMK_LEVEL_QUERIES) {
        const size_t count = level_block_size(call, query), wide = wide_columns[count - 1];
        const size_t tokens = lmk_round_up(visible_tokens(call, query + count - 1), 16);
        for (size_t token = 0; token < tokens;) {
            const bool is_wide = tokens - token >= wide;
            panel.rows = keys + token * 4;
            const level_product product =
                (is_wide ? wide_products : narrow_products)[count - 1][int8 ? KEYS_INT8 : KEYS_INT4];
            product(&panel, s->query_factors + query * call->padded, call->padded, NULL,
                    s->scores + query * LMK_PAGE_TOKENS + token, LMK_PAGE_TOKENS);
            token += is_wide ? wide : 16;
        }
    }
}

static void add_level_values(const attention_call *call, const uint8_t *values, ptrdiff_t prefetch,
                             size_t first_query) {
    const lmk_attention_scratch *s = &call->scratch;
    const bool int8 = call->cache->format == LMK_KV_INT8;
    const size_t column_bytes = int8 ? 4 : 2;
    level_panel panel = {.row_bytes = call->padded * column_bytes, .prefetch = prefetch};
    for (size_t query = first_query; query < call->queries; query += LMK_LEVEL_QUERIES) {
        const size_t count = level_block_size(call, query), wide = wide_columns[count - 1];
        // Weights behind a query's own tokens are zero.
        panel.row_count = (visible_tokens(call, query + count - 1) + 3) / 4;
        for (size_t d = 0; d < call->padded;) {
            const bool is_wide = call->padded - d >= wide;
            panel.rows = values + d * column_bytes;
            const level_product product =
                (is_wide ? wide_products : narrow_products)[count - 1][int8 ? VALUES_INT8 : VALUES_INT4];
            product(&panel, s->weight_factors + query * LMK_PAGE_TOKENS, LMK_PAGE_TOKENS,
                    s->weight_scales + query, s->outputs + query * call->padded + d, call->padded);
            d += is_wide ? wide : 16;
        }
    }
}

static void add_level_page(const attention_call *call, const uint8_t *page, ptrdiff_t prefetch) {
    const size_t first_query = first_unfinished_query(call);
    load_parameters(call, page, prefetch);
    add_level_scores(call, page, prefetch, first_query);
    update_softmaxes(true, call, first_query);
    add_level_values(call, page + lmk_kv_value_offset(call->cache), prefetch, first_query);
}

// MARK: Queries

/// Rounds a query to int16. Magnitudes are compared as integers, where a NaN is the largest.
static void quantize_query(const attention_call *call, size_t query) {
    const lmk_attention_scratch *s = &call->scratch;
    const float *x = s->queries + query * call->padded;
    int16_t *factors = s->query_factors + query * call->padded;
    const vint magnitude_bits = (vint){0} + 0x7fffffff;
    vint largest = {0};
    for (size_t d = 0; d < call->padded; d += LMK_LANES) {
        vint bits = vload_ints(x + d) & magnitude_bits;
        largest = __builtin_elementwise_max(bits, largest);
    }
    const int32_t bits = __builtin_reduce_max(largest);
    float magnitude;
    memcpy(&magnitude, &bits, sizeof magnitude);
    const factor_step step = factor_step_for(magnitude);
    vint sum = {0};
    for (size_t d = 0; d < call->padded; d += LMK_LANES) {
        vint rounded = vround(step.inverse == 0 ? vsplat(0) : vload(x + d) * step.inverse);
        sum += rounded;
        store_factors(factors + d, rounded);
    }
    s->query_scales[query] = step.scale;
    s->query_sums[query] = step.scale * (float)__builtin_reduce_add(sum);
}
