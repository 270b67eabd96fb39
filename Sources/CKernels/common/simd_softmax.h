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
    bool unpack;
} attention_call;

/// Tokens of the current page that query `query` may see.
LMK_INLINE size_t visible_tokens(const attention_call *call, size_t query) {
    size_t tokens = call->scratch.lengths[query] - call->page_start;
    return tokens < call->page_tokens ? tokens : call->page_tokens;
}

/// Queries are in order of position: those in front of the current page are done.
static size_t first_unfinished_query(const attention_call *call) {
    size_t query = 0;
    while (call->scratch.lengths[query] <= call->page_start) query++;
    return query;
}

/// Turns one query's scores into probabilities and brings its sums and outputs to the new maximum.
/// `whole` (all 64 tokens visible) only lets the compiler unroll: the operations are the same.
LMK_INLINE void update_softmax(const bool whole, const attention_call *call, size_t query) {
    const lmk_attention_scratch *s = &call->scratch;
    const size_t visible = whole ? LMK_PAGE_TOKENS : visible_tokens(call, query);
    const size_t vectors = (visible + LMK_LANES - 1) / LMK_LANES;
    float *scores = s->scores + query * LMK_PAGE_TOKENS;
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
    for (; query < call->queries && visible_tokens(call, query) < LMK_PAGE_TOKENS; query++)
        update_softmax(false, call, query);
    for (; query < call->queries; query++) update_softmax(true, call, query);
}
