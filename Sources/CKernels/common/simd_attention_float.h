// Attention over pages of floats; included by `simd_attention.h`. Per page:
//   scores   S[query][token]  = sum over d of Q[query][d] * K[d][token]     one chain, d ascending
//   outputs  O[query][d]     += sum over t of P[query][t] * V[t][d]         one chain, t ascending
// Each element has its own chain of fused multiply-adds, so blocking over queries, tokens and
// dimensions never changes a bit: a row gives the same result alone and among 31 others.
//
// Both products are the same loop, "add coefficient times matrix row", over panels of the page. A
// panel (four vectors wide) stays in the L1 cache while all queries pass by.

enum { PANEL_VECTORS = 4, PANEL = PANEL_VECTORS * LMK_LANES };

typedef enum page_source {
    SOURCE_CACHE_FP32,
    SOURCE_CACHE_FP16,
    SOURCE_CACHE_BF16,
    SOURCE_UNPACKED,  // fp32 panels in scratch memory, [panel][row][PANEL]
} page_source;

/// Rows of a K or V page, from the panel's first column on.
typedef struct page_panel {
    const uint8_t *rows;
    size_t row_bytes;
    ptrdiff_t prefetch;  // bytes from a row to what the next page has in its place
    page_source source;
    bool narrow;  // 16 columns, else PANEL
} page_panel;

// MARK: The product

LMK_INLINE vfloat load_element(const page_source source, const uint8_t *row, int vector) {
    if (source == SOURCE_CACHE_FP16) return vload_half((const uint16_t *)row + vector * LMK_LANES);
    if (source == SOURCE_CACHE_BF16) return vload_bfloat16((const uint16_t *)row + vector * LMK_LANES);
    return vload((const float *)row + vector * LMK_LANES);
}

/// out[q][column] += sum over i in [begin, end) of coefficients[q][i] * rows[i][column]
LMK_INLINE void multiply(const int queries, const int vectors, const page_source source, float *out,
                         size_t out_stride, const float *coefficients, size_t stride, const page_panel *panel,
                         size_t begin, size_t end, bool fresh) {
    vfloat sums[LMK_QUERY_BLOCK][PANEL_VECTORS];
    LMK_UNROLL for (int q = 0; q < queries; q++)
        LMK_UNROLL for (int v = 0; v < vectors; v++)
            sums[q][v] = fresh ? vsplat(0) : vload(out + q * out_stride + v * LMK_LANES);

    const uint8_t *row = panel->rows + begin * panel->row_bytes;
    const size_t row_bytes = panel->row_bytes;
    const ptrdiff_t ahead = panel->prefetch;
    for (size_t i = begin; i < end; i++, row += row_bytes) {
        if (source != SOURCE_UNPACKED) {
            const int bytes = vectors * LMK_LANES * (source == SOURCE_CACHE_FP32 ? 4 : 2);
            LMK_UNROLL for (int line = 0; line < bytes; line += 64)
                __builtin_prefetch(row + ahead + line, 0, 2);
        }
        vfloat coefficient[LMK_QUERY_BLOCK];
        LMK_UNROLL for (int q = 0; q < queries; q++) coefficient[q] = vsplat(coefficients[q * stride + i]);
        LMK_UNROLL for (int v = 0; v < vectors; v++) {
            vfloat element = load_element(source, row, v);
            LMK_UNROLL for (int q = 0; q < queries; q++) {
                sums[q][v] = vfma(coefficient[q], element, sums[q][v]);
#if LMK_LANES == 8 && defined(__x86_64__)
                // Keeps the next conversion behind this use: hoisted, it needs a 17th register.
                if (source == SOURCE_CACHE_FP16 || source == SOURCE_CACHE_BF16)
                    __asm__ volatile("" : "+r"(row), "+x"(sums[q][v]));
#endif
            }
        }
    }
    LMK_UNROLL for (int q = 0; q < queries; q++)
        LMK_UNROLL for (int v = 0; v < vectors; v++)
            vstore(out + q * out_stride + v * LMK_LANES, sums[q][v]);
}

// Register blocks need their sizes at compile time: one function for each.
#define LMK_ATTENTION_PRODUCT(queries)                                                                      \
    static void multiply_##queries(float *out, size_t out_stride, const float *coefficients, size_t stride, \
                                   const page_panel *panel, size_t begin, size_t end, bool fresh) {         \
        LMK_ATTENTION_SOURCE(queries, SOURCE_CACHE_FP32)                                                    \
        LMK_ATTENTION_SOURCE(queries, SOURCE_CACHE_FP16)                                                    \
        LMK_ATTENTION_SOURCE(queries, SOURCE_CACHE_BF16)                                                    \
        LMK_ATTENTION_SOURCE(queries, SOURCE_UNPACKED)                                                      \
    }
#define LMK_ATTENTION_SOURCE(queries, kind)                                                                 \
    if (panel->source == kind) {                                                                            \
        if (panel->narrow)                                                                                  \
            multiply(queries, 16 / LMK_LANES, kind, out, out_stride, coefficients, stride, panel, begin,    \
                     end, fresh);                                                                           \
        else                                                                                                \
            multiply(queries, PANEL_VECTORS, kind, out, out_stride, coefficients, stride, panel, begin,     \
                     end, fresh);                                                                           \
        return;                                                                                             \
    }

LMK_ATTENTION_PRODUCT(1)
LMK_ATTENTION_PRODUCT(2)
LMK_ATTENTION_PRODUCT(3)
#if LMK_QUERY_BLOCK > 3
LMK_ATTENTION_PRODUCT(4)
LMK_ATTENTION_PRODUCT(5)
LMK_ATTENTION_PRODUCT(6)
#endif

typedef void (*product)(float *, size_t, const float *, size_t, const page_panel *, size_t, size_t, bool);
static const product products[LMK_QUERY_BLOCK + 1] = {
    NULL, multiply_1, multiply_2, multiply_3,
#if LMK_QUERY_BLOCK > 3
    multiply_4, multiply_5, multiply_6,
#endif
};

// MARK: A page

LMK_INLINE size_t block_size(const attention_call *call, size_t query) {
    size_t rest = call->queries - query;
    return rest < LMK_QUERY_BLOCK ? rest : LMK_QUERY_BLOCK;
}

static page_source cache_source(lmk_kv_format format) {
    switch (format) {
    case LMK_KV_FP16: return SOURCE_CACHE_FP16;
    case LMK_KV_BF16: return SOURCE_CACHE_BF16;
    default: return SOURCE_CACHE_FP32;
    }
}

/// Copies [rows][columns] of a page into fp32 panels, each [rows][PANEL] or, at the end, [rows][16].
static void unpack_page(const uint8_t *page, lmk_kv_format format, size_t rows, size_t columns, float *out,
                        ptrdiff_t prefetch) {
    const size_t element_bytes = lmk_kv_element_bits(format) / 8;
    for (size_t row = 0; row < rows; row++) {
        const uint8_t *source = page + row * columns * element_bytes;
        for (size_t line = 0; line < columns * element_bytes; line += 64)
            __builtin_prefetch(source + prefetch + line, 0, 2);
        for (size_t column = 0; column < columns;) {
            size_t width = columns - column >= PANEL ? PANEL : 16;
            float *to = out + column * rows + row * width;
            for (size_t i = 0; i < width; i += LMK_LANES, column += LMK_LANES)
                vstore(to + i, load_element(cache_source(format), source + column * element_bytes, 0));
        }
    }
}

/// The panel of `matrix` ([rows][columns]) that starts at `column`.
LMK_INLINE page_panel panel_at(const attention_call *call, const uint8_t *page, const float *unpacked,
                               ptrdiff_t prefetch, size_t rows, size_t columns, size_t column) {
    page_panel panel = {.narrow = columns - column < PANEL, .prefetch = prefetch};
    if (call->unpack) {
        panel.source = SOURCE_UNPACKED;
        panel.rows = (const uint8_t *)(unpacked + column * rows);
        panel.row_bytes = (panel.narrow ? 16 : PANEL) * sizeof(float);
    } else {
        size_t element_bytes = lmk_kv_element_bits(call->cache->format) / 8;
        panel.source = cache_source(call->cache->format);
        panel.rows = page + column * element_bytes;
        panel.row_bytes = columns * element_bytes;
    }
    return panel;
}

static void add_float_scores(const attention_call *call, const uint8_t *keys, ptrdiff_t prefetch,
                             size_t first_query) {
    const lmk_attention_scratch *s = &call->scratch;
    const size_t head_dim = call->cache->head_dim;
    const size_t visible_at_most = visible_tokens(call, call->queries - 1);
    for (size_t token = 0; token < visible_at_most; token += call->page_tokens - token < PANEL ? 16 : PANEL) {
        page_panel panel =
            panel_at(call, keys, s->keys, prefetch, head_dim, call->page_tokens, token);
        for (size_t query = first_query; query < call->queries; query += LMK_QUERY_BLOCK) {
            size_t count = block_size(call, query);
            if (token >= visible_tokens(call, query + count - 1)) continue;
            products[count](s->scores + query * LMK_PAGE_TOKENS + token, LMK_PAGE_TOKENS,
                            s->queries + query * call->padded, call->padded, &panel, 0, head_dim, true);
        }
    }
}

static void add_float_values(const attention_call *call, const uint8_t *values, ptrdiff_t prefetch,
                             size_t first_query) {
    const lmk_attention_scratch *s = &call->scratch;
    for (size_t d = 0; d < call->padded; d += call->padded - d < PANEL ? 16 : PANEL) {
        page_panel panel = panel_at(call, values, s->values, prefetch, call->page_tokens, call->padded, d);
        for (size_t query = first_query; query < call->queries; query += LMK_QUERY_BLOCK) {
            size_t count = block_size(call, query), shared = visible_tokens(call, query);
            float *output = s->outputs + query * call->padded + d;
            const float *probabilities = s->scores + query * LMK_PAGE_TOKENS;
            products[count](output, call->padded, probabilities, LMK_PAGE_TOKENS, &panel, 0, shared, false);
            // Later rows of the block see more tokens; what lies behind a row's own must not touch it.
            for (size_t i = 1; i < count; i++) {
                size_t visible = visible_tokens(call, query + i);
                if (visible == shared) continue;
                products[1](output + i * call->padded, call->padded, probabilities + i * LMK_PAGE_TOKENS,
                            LMK_PAGE_TOKENS, &panel, shared, visible, false);
            }
        }
    }
}

static void add_float_page(const attention_call *call, const uint8_t *keys, ptrdiff_t prefetch) {
    const lmk_kv_cache *cache = call->cache;
    const uint8_t *values = keys + lmk_kv_value_offset(cache);
    if (call->unpack) {
        unpack_page(keys, cache->format, cache->head_dim, call->page_tokens, call->scratch.keys, prefetch);
        unpack_page(values, cache->format, call->page_tokens, call->padded, call->scratch.values, prefetch);
    }
    const size_t first_query = first_unfinished_query(call);
    add_float_scores(call, keys, prefetch, first_query);
    update_softmaxes(false, call, first_query);
    add_float_values(call, values, prefetch, first_query);
}
