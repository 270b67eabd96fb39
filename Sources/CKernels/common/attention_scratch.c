#include "common/attention_scratch.h"

/// Hands out consecutive regions; with a NULL base it only measures.
typedef struct float_cursor {
    float *base;
    size_t offset;
} float_cursor;

/// Regions start at multiples of 64 bytes from the base.
static float *next_floats(float_cursor *cursor, size_t count) {
    float *region = cursor->base == NULL ? NULL : cursor->base + cursor->offset;
    cursor->offset += lmk_round_up(count, 16);
    return region;
}

static lmk_attention_scratch next_regions(float_cursor *cursor, size_t queries, uint32_t head_dim) {
    const size_t padded = lmk_padded_head_dim(head_dim);
    lmk_attention_scratch s;
    s.queries = next_floats(cursor, queries * padded);
    s.outputs = next_floats(cursor, queries * padded);
    s.totals = next_floats(cursor, queries * lmk_span_record_floats(head_dim));
    s.record = next_floats(cursor, lmk_span_record_floats(head_dim));
    s.scores = next_floats(cursor, queries * LMK_PAGE_TOKENS);
    s.sums = next_floats(cursor, queries * LMK_SUM_LANES);
    s.maxima = next_floats(cursor, queries);
    s.lengths = (uint32_t *)next_floats(cursor, queries);
    s.keys = next_floats(cursor, padded * LMK_PAGE_TOKENS);
    s.values = next_floats(cursor, padded * LMK_PAGE_TOKENS);
    s.query_factors = (int16_t *)next_floats(cursor, queries * padded / 2);
    s.query_scales = next_floats(cursor, queries);
    s.query_sums = next_floats(cursor, queries);
    s.weight_factors = (int16_t *)next_floats(cursor, queries * LMK_PAGE_TOKENS / 2);
    s.weight_scales = next_floats(cursor, queries);
    s.zero_sums = next_floats(cursor, queries * LMK_SUM_LANES);
    s.parameters = next_floats(cursor, 4 * LMK_PAGE_TOKENS);
    return s;
}

lmk_attention_scratch lmk_attention_scratch_at(float *base, size_t queries, uint32_t head_dim) {
    float_cursor cursor = {base, 0};
    return next_regions(&cursor, queries, head_dim);
}

size_t lmk_attention_scratch_floats(uint32_t head_dim, uint32_t heads_per_kv_head) {
    float_cursor cursor = {NULL, 0};
    next_regions(&cursor, (size_t)LMK_TILE_ROWS * heads_per_kv_head, head_dim);
    return cursor.offset;
}
