// Included by `<isa>/attention.c` after its `vector.h`.
//
// A query is one (row, head) pair of the tile. Pages of 64 tokens are taken in order; per page:
//   scores  S[query][token]  = sum over d of Q[query][d] * K[d][token]     one chain, d ascending
//   softmax running maximum and sums, probabilities P
//   output  O[query][d]     += sum over t of P[query][t] * V[t][d]         one chain, t ascending
// Each element has its own chain of fused multiply-adds, so blocking over queries, tokens and
// dimensions never changes a bit: a row gives the same result alone and among 31 others.
//
// Both products are the same loop, "add coefficient times matrix row", over panels of the page. A
// panel (four vectors wide) stays in the L1 cache while all queries pass by.

LMK_VECTOR_BEGIN

enum { PANEL_VECTORS = 4, PANEL = PANEL_VECTORS * LMK_LANES };

typedef enum page_source {
    SOURCE_CACHE_FP32,
    SOURCE_CACHE_FP16,
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
            const int bytes = vectors * LMK_LANES * (source == SOURCE_CACHE_FP16 ? 2 : 4);
            LMK_UNROLL for (int line = 0; line < bytes; line += 64)
                __builtin_prefetch(row + ahead + line, 0, 2);
        }
        vfloat coefficient[LMK_QUERY_BLOCK];
        LMK_UNROLL for (int q = 0; q < queries; q++) coefficient[q] = vsplat(coefficients[q * stride + i]);
        LMK_UNROLL for (int v = 0; v < vectors; v++) {
            vfloat element = load_element(source, row, v);
            LMK_UNROLL for (int q = 0; q < queries; q++) {
                sums[q][v] = vfma(coefficient[q], element, sums[q][v]);
#if LMK_LANES == 8
                // Keeps the next conversion behind this use: hoisted, it needs a 17th register.
                if (source == SOURCE_CACHE_FP16) __asm__ volatile("" : "+r"(row), "+x"(sums[q][v]));
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

/// What a call computes, and where it is in the sequence.
typedef struct attention_call {
    const lmk_kv_cache *cache;
    lmk_attention_scratch scratch;
    size_t padded;           // head_dim rounded up to 16
    size_t heads;            // q heads per kv head
    size_t queries;
    size_t page_start;       // position of the page's first token
    bool unpack;
} attention_call;

/// Tokens of the current page that query `query` may see.
LMK_INLINE size_t visible_tokens(const attention_call *call, size_t query) {
    size_t tokens = call->scratch.lengths[query] - call->page_start;
    return tokens < LMK_BLOCK_TOKENS ? tokens : LMK_BLOCK_TOKENS;
}

LMK_INLINE size_t block_size(const attention_call *call, size_t query) {
    size_t rest = call->queries - query;
    return rest < LMK_QUERY_BLOCK ? rest : LMK_QUERY_BLOCK;
}

/// Copies [rows][columns] of a page into fp32 panels, each [rows][PANEL] or, at the end, [rows][16].
static void unpack_page(const uint8_t *page, lmk_kv_format format, size_t rows, size_t columns, float *out,
                        ptrdiff_t prefetch) {
    const size_t element_bytes = lmk_kv_element_bytes(format);
    for (size_t row = 0; row < rows; row++) {
        const uint8_t *source = page + row * columns * element_bytes;
        for (size_t line = 0; line < columns * element_bytes; line += 64)
            __builtin_prefetch(source + prefetch + line, 0, 2);
        for (size_t column = 0; column < columns;) {
            size_t width = columns - column >= PANEL ? PANEL : 16;
            float *to = out + column * rows + row * width;
            for (size_t i = 0; i < width; i += LMK_LANES, column += LMK_LANES)
                vstore(to + i, format == LMK_KV_FP16 ? vload_half((const uint16_t *)source + column)
                                                    : vload((const float *)source + column));
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
        size_t element_bytes = lmk_kv_element_bytes(call->cache->format);
        panel.source = call->cache->format == LMK_KV_FP16 ? SOURCE_CACHE_FP16 : SOURCE_CACHE_FP32;
        panel.rows = page + column * element_bytes;
        panel.row_bytes = columns * element_bytes;
    }
    return panel;
}

static void add_scores(const attention_call *call, const uint8_t *keys, ptrdiff_t prefetch,
                       size_t first_query) {
    const lmk_attention_scratch *s = &call->scratch;
    const size_t head_dim = call->cache->head_dim;
    const size_t visible_at_most = visible_tokens(call, call->queries - 1);
    for (size_t token = 0; token < visible_at_most; token += PANEL) {
        page_panel panel =
            panel_at(call, keys, s->keys, prefetch, head_dim, LMK_BLOCK_TOKENS, token);
        for (size_t query = first_query; query < call->queries; query += LMK_QUERY_BLOCK) {
            size_t count = block_size(call, query);
            if (token >= visible_tokens(call, query + count - 1)) continue;
            products[count](s->scores + query * LMK_BLOCK_TOKENS + token, LMK_BLOCK_TOKENS,
                            s->queries + query * call->padded, call->padded, &panel, 0, head_dim, true);
        }
    }
}

/// Turns one query's scores into probabilities and brings its sums and outputs to the new maximum.
/// `whole` (all 64 tokens visible) only lets the compiler unroll: the operations are the same.
LMK_INLINE void update_softmax(const bool whole, const attention_call *call, size_t query) {
    const lmk_attention_scratch *s = &call->scratch;
    const size_t visible = whole ? LMK_BLOCK_TOKENS : visible_tokens(call, query);
    const size_t vectors = (visible + LMK_LANES - 1) / LMK_LANES;
    float *scores = s->scores + query * LMK_BLOCK_TOKENS;
    float *output = s->outputs + query * call->padded;
    float *sum = s->sums + query * LMK_SUM_LANES;
    float maximum = s->maxima[query];

    if (visible % LMK_LANES != 0) {
        float *last = scores + visible / LMK_LANES * LMK_LANES;
        vstore(last, vselect(vfirst_lanes(visible % LMK_LANES), vload(last), vsplat(-INFINITY)));
    }
    vfloat largest = vsplat(maximum);
    for (size_t v = 0; v < vectors; v++) largest = vlarger(vload(scores + v * LMK_LANES), largest);
    vfloat lane_sums = vload(sum);
    if (vany(largest > maximum)) {
        float new_maximum = largest_lane(largest);
        vfloat decay = vexp2_of_nonpositive(vsplat(maximum - new_maximum));
        s->maxima[query] = maximum = new_maximum;
        lane_sums = lane_sums * decay;
        for (size_t d = 0; d < call->padded; d += LMK_LANES) vstore(output + d, vload(output + d) * decay);
    }
    vfloat page_sums = vsplat(0);
    for (size_t v = 0; v < vectors; v++) {
        vfloat probability = vexp2_of_nonpositive(vload(scores + v * LMK_LANES) - maximum);
        vstore(scores + v * LMK_LANES, probability);
        page_sums = page_sums + probability;
    }
    vstore(sum, lane_sums + page_sums);
}

static void update_softmaxes(const attention_call *call, size_t first_query) {
    size_t query = first_query;
    for (; query < call->queries && visible_tokens(call, query) < LMK_BLOCK_TOKENS; query++)
        update_softmax(false, call, query);
    for (; query < call->queries; query++) update_softmax(true, call, query);
}

static void add_values(const attention_call *call, const uint8_t *values, ptrdiff_t prefetch,
                       size_t first_query) {
    const lmk_attention_scratch *s = &call->scratch;
    for (size_t d = 0; d < call->padded; d += call->padded - d < PANEL ? 16 : PANEL) {
        page_panel panel = panel_at(call, values, s->values, prefetch, LMK_BLOCK_TOKENS, call->padded, d);
        for (size_t query = first_query; query < call->queries; query += LMK_QUERY_BLOCK) {
            size_t count = block_size(call, query), shared = visible_tokens(call, query);
            float *output = s->outputs + query * call->padded + d;
            const float *probabilities = s->scores + query * LMK_BLOCK_TOKENS;
            products[count](output, call->padded, probabilities, LMK_BLOCK_TOKENS, &panel, 0, shared, false);
            // Later rows of the block see more tokens; what lies behind a row's own must not touch it.
            for (size_t i = 1; i < count; i++) {
                size_t visible = visible_tokens(call, query + i);
                if (visible == shared) continue;
                products[1](output + i * call->padded, call->padded, probabilities + i * LMK_BLOCK_TOKENS,
                            LMK_BLOCK_TOKENS, &panel, shared, visible, false);
            }
        }
    }
}

static void add_page(const attention_call *call, const uint8_t *keys, ptrdiff_t prefetch) {
    const lmk_kv_cache *cache = call->cache;
    const uint8_t *values = keys + lmk_kv_value_offset(cache);
    if (call->unpack) {
        unpack_page(keys, cache->format, cache->head_dim, LMK_BLOCK_TOKENS, call->scratch.keys, prefetch);
        unpack_page(values, cache->format, LMK_BLOCK_TOKENS, call->padded, call->scratch.values, prefetch);
    }
    // Queries are in order of position: those in front of the page are done.
    size_t first_query = 0;
    while (call->scratch.lengths[first_query] <= call->page_start) first_query++;
    add_scores(call, keys, prefetch, first_query);
    update_softmaxes(call, first_query);
    add_values(call, values, prefetch, first_query);
}

// MARK: A call

static void start_queries(const attention_call *call, const lmk_attention *op, const lmk_attention_tile *tile,
                          uint32_t kv_head) {
    const lmk_attention_scratch *s = &call->scratch;
    const size_t head_dim = call->cache->head_dim;
    // Scores in units of log2, for exp2.
    const float scale = op->scale * 1.44269504f;
    for (size_t query = 0; query < call->queries; query++) {
        size_t row = tile->first_row + query / call->heads;
        size_t head = kv_head * call->heads + query % call->heads;
        const float *from = op->qkv + row * op->qkv_stride + head * head_dim;
        for (size_t d = 0; d < head_dim; d++) s->queries[query * call->padded + d] = from[d] * scale;
        s->maxima[query] = -FLT_MAX;
        s->lengths[query] = tile->first_position + (uint32_t)(query / call->heads) + 1;
    }
    memset(s->outputs, 0, call->queries * call->padded * sizeof(float));
    memset(s->sums, 0, call->queries * LMK_SUM_LANES * sizeof(float));
}

static void finish_queries(const attention_call *call, const lmk_attention *op,
                           const lmk_attention_tile *tile, uint32_t kv_head) {
    const lmk_attention_scratch *s = &call->scratch;
    const size_t head_dim = call->cache->head_dim;
    for (size_t query = 0; query < call->queries; query++) {
        size_t row = tile->first_row + query / call->heads;
        size_t head = kv_head * call->heads + query % call->heads;
        float *to = op->output + row * op->output_stride + head * head_dim;
        float inverse = 1 / sum_of_lanes(vload(s->sums + query * LMK_SUM_LANES));
        for (size_t d = 0; d < head_dim; d++) to[d] = s->outputs[query * call->padded + d] * inverse;
    }
}

void LMK_ISA_NAME(attention)(const lmk_attention *op, const lmk_attention_tile *tile, uint32_t kv_head,
                             float *scratch) {
    const lmk_kv_cache *cache = op->cache;
    attention_call call = {.cache = cache,
                           .padded = lmk_padded_head_dim(cache->head_dim),
                           .heads = op->q_heads / cache->kv_heads};
    call.queries = tile->rows * call.heads;
    call.scratch = lmk_attention_scratch_at(scratch, call.queries, cache->head_dim);
    // From three blocks of queries on, converting a page once is cheaper than converting it per block.
    call.unpack = call.queries > 2 * LMK_QUERY_BLOCK;
    start_queries(&call, op, tile, kv_head);

    size_t pages = ((size_t)tile->first_position + tile->rows + LMK_BLOCK_TOKENS - 1) / LMK_BLOCK_TOKENS;
    const uint8_t *page = lmk_kv_head(cache, tile->blocks[0], op->layer, kv_head);
    for (size_t i = 0; i < pages; i++) {
        const uint8_t *next =
            i + 1 < pages ? lmk_kv_head(cache, tile->blocks[i + 1], op->layer, kv_head) : page;
        call.page_start = i * LMK_BLOCK_TOKENS;
        add_page(&call, page, next - page);
        page = next;
    }
    finish_queries(&call, op, tile, kv_head);
}

// MARK: Writing the cache

/// Halves saturate: an infinite key would turn every later token of the sequence into NaN.
LMK_INLINE vfloat limited_to_half(vfloat x) {
    const float largest_half = 65504;
    x = vselect(x > largest_half, vsplat(largest_half), x);
    return vselect(x < -largest_half, vsplat(-largest_half), x);
}

static void store_token_half(uint16_t *keys, uint16_t *values, size_t head_dim, const float *key,
                             const float *value) {
    for (size_t d = 0; d < head_dim; d += LMK_LANES) {
        size_t count = head_dim - d < LMK_LANES ? head_dim - d : LMK_LANES;
        bool whole = count == LMK_LANES;
        uint16_t halves[LMK_LANES];
        vstore_half(halves, limited_to_half(whole ? vload(key + d) : vload_first(key + d, count)));
        for (size_t i = 0; i < count; i++) keys[(d + i) * LMK_BLOCK_TOKENS] = halves[i];
        // Rows of V are padded to a multiple of 16, so a whole vector fits.
        vstore_half(values + d, limited_to_half(whole ? vload(value + d) : vload_first(value + d, count)));
    }
}

void LMK_ISA_NAME(kv_store)(const lmk_kv_cache *cache, uint8_t *head, uint32_t token, const float *key,
                            const float *value) {
    size_t head_dim = cache->head_dim, value_row = token * lmk_padded_head_dim(cache->head_dim);
    uint8_t *values = head + lmk_kv_value_offset(cache);
    if (cache->format == LMK_KV_FP16) {
        store_token_half((uint16_t *)head + token, (uint16_t *)values + value_row, head_dim, key, value);
        return;
    }
    float *keys = (float *)head + token;
    for (size_t d = 0; d < head_dim; d++) keys[d * LMK_BLOCK_TOKENS] = key[d];
    memcpy((float *)values + value_row, value, head_dim * sizeof(float));
}

LMK_VECTOR_END
