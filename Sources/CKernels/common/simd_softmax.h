// A call's place in its sequence, and the running softmax; included by `simd_attention.h`.

/// What a call computes, and where it is in the sequence.
typedef struct attention_call {
    const lmk_kv_cache *cache;
    lmk_attention_scratch scratch;
    size_t padded;           // head_dim rounded up to 16
    size_t heads;            // q heads per kv head
    size_t queries;
    size_t page_tokens;
    size_t page_start;       // position of the page's first token
    size_t window;           // positions a query sees, its own included
    bool unpack;             // pages of floats go through scratch memory
    bool levels;             // pages of int8 or int4
} attention_call;

/// Tokens of the current page that query `query` may see.
LMK_INLINE size_t visible_tokens(const attention_call *call, size_t query) {
    size_t tokens = call->scratch.lengths[query] - call->page_start;
    return tokens < call->page_tokens ? tokens : call->page_tokens;
}

/// Tokens at the beginning of the current page that lie before the query's window.
LMK_INLINE size_t hidden_tokens(const attention_call *call, size_t query) {
    size_t length = call->scratch.lengths[query], first = length < call->window ? 0 : length - call->window;
    if (first <= call->page_start) return 0;
    size_t hidden = first - call->page_start;
    return hidden < call->page_tokens ? hidden : call->page_tokens;
}

/// Queries are in order of position: those in front of the current page are done.
static size_t first_unfinished_query(const attention_call *call) {
    size_t query = 0;
    while (call->scratch.lengths[query] <= call->page_start) query++;
    return query;
}

// MARK: Rounding to int16

enum { LARGEST_FACTOR = 32767 };

/// x ~ factor * scale
typedef struct factor_step {
    float scale;
    float inverse;  // 0: every factor is 0
} factor_step;

/// The step for numbers up to a magnitude. One that is not finite gets a NaN scale, so that results are NaN
/// and not plausible; what is below 1e-30 is zero, where 32767 / magnitude nears overflow.
LMK_INLINE factor_step factor_step_for(float magnitude) {
    if (!(magnitude < INFINITY)) return (factor_step){NAN, 0};
    if (magnitude < 1e-30f) return (factor_step){0, 0};
    return (factor_step){magnitude / LARGEST_FACTOR, LARGEST_FACTOR / magnitude};
}

// An instruction set with its own sums over levels has its own order of factors.
#if !defined(LMK_LEVEL_SUMS)
/// Of every four factors a, b, c, d the pairs (a, c) and (b, d): they meet a quad's even and odd bytes.
LMK_INLINE void store_factors(int16_t *to, vint factors) {
#if LMK_LANES == 16
    vint next =
        __builtin_shufflevector(factors, factors, 2, 3, 2, 3, 6, 7, 6, 7, 10, 11, 10, 11, 14, 15, 14, 15);
    vint pairs = (factors & 0xffff) | next << 16;
    vint_half chosen = __builtin_shufflevector(pairs, pairs, 0, 1, 4, 5, 8, 9, 12, 13);
#else
    vint next = __builtin_shufflevector(factors, factors, 2, 3, 2, 3, 6, 7, 6, 7);
    vint pairs = (factors & 0xffff) | next << 16;
    vint_half chosen = __builtin_shufflevector(pairs, pairs, 0, 1, 4, 5);
#endif
    memcpy(to, &chosen, sizeof chosen);
}
#endif

// MARK: Softmax

/// From the integer product that `scores` holds.
LMK_INLINE vfloat level_score(const attention_call *call, size_t query, const float *product, size_t token) {
    const lmk_attention_scratch *s = &call->scratch;
    vfloat scales = vload(s->parameters + token), zeros = vload(s->parameters + LMK_PAGE_TOKENS + token);
    vfloat levels = __builtin_convertvector(vload_ints(product), vfloat) * scales;
    return vfma(levels, vsplat(s->query_scales[query]), zeros * s->query_sums[query]);
}

/// Replaces one query's probabilities by their products with the value scales, as factors, and adds up their
/// products with the value zeros.
LMK_INLINE void weigh_levels(const bool whole, const attention_call *call, size_t query, size_t visible) {
    const lmk_attention_scratch *s = &call->scratch;
    const float *value_scales = s->parameters + 2 * LMK_PAGE_TOKENS;
    const float *value_zeros = s->parameters + 3 * LMK_PAGE_TOKENS;
    float *weights = s->scores + query * LMK_PAGE_TOKENS, *zero_sum = s->zero_sums + query * LMK_SUM_LANES;
    vfloat zero_sums = vload(zero_sum), largest = vsplat(0);
    for (size_t t = 0; t < visible; t += LMK_LANES) {
        vfloat scales = vload(value_scales + t), zeros = vload(value_zeros + t);
        if (!whole) {
            // What an earlier sequence left behind the last token may be NaN.
            vint mine = vfirst_lanes(visible - t);
            scales = vselect(mine, scales, vsplat(0));
            zeros = vselect(mine, zeros, vsplat(0));
        }
        vfloat probabilities = vload(weights + t);
        zero_sums = vfma(probabilities, zeros, zero_sums);
        vfloat weight = probabilities * scales;
        largest = vlarger(weight, largest);
        vstore(weights + t, weight);
    }
    vstore(zero_sum, zero_sums);

    const factor_step step = factor_step_for(largest_lane(largest));
    s->weight_scales[query] = step.scale;
    int16_t *factors = s->weight_factors + query * LMK_PAGE_TOKENS;
    size_t t = 0;
    for (; t < visible; t += LMK_LANES) store_factors(factors + t, vround(vload(weights + t) * step.inverse));
    for (; t < call->page_tokens; t += LMK_LANES) store_factors(factors + t, (vint){0});
}

/// Turns one query's scores into probabilities and brings its sums and outputs to the new maximum.
/// `whole` (all 64 tokens visible) only lets the compiler unroll: the operations are the same. With `levels`,
/// the scores are integer products, and the probabilities become factors.
LMK_INLINE void update_softmax(const bool whole, const bool levels, const attention_call *call,
                               size_t query) {
    const lmk_attention_scratch *s = &call->scratch;
    const size_t visible = whole ? LMK_PAGE_TOKENS : visible_tokens(call, query);
    const size_t vectors = (visible + LMK_LANES - 1) / LMK_LANES;
    float *scores = s->scores + query * LMK_PAGE_TOKENS;
    float *output = s->outputs + query * call->padded;
    float *sum = s->sums + query * LMK_SUM_LANES;
    float maximum = s->maxima[query];

    if (levels)
        for (size_t v = 0; v < vectors; v++)
            vstore(scores + v * LMK_LANES, level_score(call, query, scores + v * LMK_LANES, v * LMK_LANES));
    const size_t hidden = hidden_tokens(call, query);
    for (size_t t = 0; t < hidden; t += LMK_LANES)
        vstore(scores + t, vselect(vfirst_lanes(hidden - t), vsplat(-INFINITY), vload(scores + t)));
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
        if (levels) {
            float *zero_sum = s->zero_sums + query * LMK_SUM_LANES;
            vstore(zero_sum, vload(zero_sum) * decay);
        }
    }
    vfloat page_sums = vsplat(0);
    for (size_t v = 0; v < vectors; v++) {
        vfloat probability = vexp2_of_nonpositive(vload(scores + v * LMK_LANES) - maximum);
        vstore(scores + v * LMK_LANES, probability);
        page_sums = page_sums + probability;
    }
    vstore(sum, lane_sums + page_sums);
    if (levels) weigh_levels(whole, call, query, visible);
}

LMK_INLINE void update_softmaxes(const bool levels, const attention_call *call, size_t first_query) {
    size_t query = first_query;
    for (; query < call->queries && visible_tokens(call, query) < LMK_PAGE_TOKENS; query++)
        update_softmax(false, levels, call, query);
    for (; query < call->queries; query++) update_softmax(true, levels, call, query);
}
