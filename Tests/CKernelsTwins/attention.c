// Writing the KV cache, byte for byte, and attention over it: close to plain C, and the same bits in any
// tiles.
#include "common/attention_scratch.h"
#include "common/vector_kernels.h"
#include "twins.h"

#include <math.h>

enum { BLOCKS = 6 };

typedef struct sequence {
    lmk_kv_cache cache;
    lmk_attention op;
    int32_t blocks[BLOCKS];
    uint32_t rows;
    float *scratch;
    size_t pool_bytes;
} sequence;

typedef struct sequence_shape {
    uint32_t head_dim, q_heads, kv_heads;
    lmk_kv_format format;
    uint32_t block_tokens;
    const lmk_kv_scales *scales;
    uint32_t window;
} sequence_shape;

// Uniform numbers up to 2 reach a little beyond the levels.
static const lmk_kv_scales static_scales = {3.9f / 255, 0.01f, 4.1f / 255, -0.03f};

static sequence make_sequence(sequence_shape shape, uint32_t rows) {
    const size_t stride = (size_t)(shape.q_heads + 2 * shape.kv_heads) * shape.head_dim;
    sequence s = {.cache = {.format = shape.format, .head_dim = shape.head_dim, .kv_heads = shape.kv_heads,
                            .layers = 1, .block_tokens = shape.block_tokens, .static_scales = shape.scales},
                  .blocks = {2, 0, 5, 3, 1, 4},
                  .rows = rows};
    s.pool_bytes = BLOCKS * lmk_kv_block_bytes(&s.cache);
    s.cache.pool = twin_memory(s.pool_bytes);
    s.scratch = twin_memory(lmk_attention_scratch_floats(shape.head_dim, shape.q_heads / shape.kv_heads) *
                            sizeof(float));
    s.op = (lmk_attention){.q_heads = shape.q_heads, .window = shape.window,
                           .scale = 1 / sqrtf((float)shape.head_dim), .qkv = twin_row(rows * stride, 2),
                           .qkv_stride = stride,
                           .output_stride = (size_t)shape.q_heads * shape.head_dim};
    return s;
}

static void free_sequence(sequence *s) { free(s->scratch), free(s->cache.pool), free(s->op.qkv); }

/// Stores all tokens in a cache that was full of NaN.
static void store(const lmk_kernels *kernels, sequence *s) {
    const lmk_kv_cache *cache = &s->cache;
    const uint32_t page_tokens = lmk_kv_page_tokens(cache), head_dim = cache->head_dim;
    memset(cache->pool, 0xFF, s->pool_bytes);
    for (uint32_t row = 0; row < s->rows; row++)
        for (uint32_t head = 0; head < cache->kv_heads; head++) {
            const float *key = s->op.qkv + row * s->op.qkv_stride + (size_t)(s->op.q_heads + head) * head_dim;
            uint8_t *page = lmk_kv_page(cache, s->blocks, 0, head, row / page_tokens);
            kernels->kv_store(cache, 0, page, row % page_tokens, key,
                              key + (size_t)cache->kv_heads * head_dim);
        }
}

/// Attends from every row on, in tiles of `tile` rows. The caller frees the results.
static float *attend(const lmk_kernels *kernels, sequence *s, uint32_t tile) {
    float *output = twin_row(s->rows * s->op.output_stride, 0);
    s->op.cache = &s->cache;
    s->op.output = output;
    for (uint32_t first = 0; first < s->rows; first += tile) {
        const uint32_t count = s->rows - first < tile ? s->rows - first : tile;
        const lmk_attention_tile part = {first, count, first, 0, s->blocks};
        for (uint32_t head = 0; head < s->cache.kv_heads; head++)
            kernels->attention(&s->op, &part, head, s->scratch);
    }
    return output;
}

// MARK: Writing

/// Each row has another magnitude, up to beyond what fp16 holds, and its own kind of trouble.
static void make_difficult(sequence *s) {
    static const float specials[] = {NAN,   INFINITY, -INFINITY, -0.0f, 1e-45f, 65504, 65519,
                                     65520, -65520,   3e38f,     -3e38f, 1e-7f,  6e-8f};
    static const float magnitudes[] = {1, 1e-9f, 1e-6f, 1e-3f, 0, 1e3f, 1e6f, 1};
    static const float offsets[] = {0, 0, 0, 100, 7, -300, 0, 0.5f};
    for (uint32_t row = 0; row < s->rows; row++)
        for (size_t i = 0; i < s->op.qkv_stride; i++) {
            float *x = s->op.qkv + row * s->op.qkv_stride + i;
            *x = twin_uniform(magnitudes[row % 8]) + offsets[row % 8];
            if (row % 3 == 0 && twin_bits() % 16 == 0) *x = specials[twin_bits() % 13];
        }
}

void twins_kv_store(const twin_set *set) {
    static const uint32_t head_dims[] = {1, 6, 16, 40, 64, 80, 96, 128, 256};
    twin_part part = twin_begin(set, "kv_store");
    for (int format = 0; format <= LMK_KV_FORMAT_COUNT; format++)
        for (size_t d = 0; d < sizeof head_dims / sizeof *head_dims; d++)
            for (uint32_t tokens = 16; tokens <= 64; tokens *= 4) {
                // Behind the last format: static scales.
                const bool is_static = format == LMK_KV_FORMAT_COUNT;
                sequence_shape shape = {head_dims[d], 2, 2, (lmk_kv_format)format, tokens, NULL, 0};
                if (is_static) shape.format = LMK_KV_INT8, shape.scales = &static_scales;
                sequence s = make_sequence(shape, 41);
                make_difficult(&s);
                uint8_t *expected = twin_memory(s.pool_bytes);
                store(&lmk_kernels_generic, &s);
                memcpy(expected, s.cache.pool, s.pool_bytes);
                store(set->kernels, &s);
                twin_equal_bytes(&part, s.cache.pool, expected, s.pool_bytes, "bytes", head_dims[d]);
                twin_print_bytes(&part, s.cache.pool, s.pool_bytes);
                free(expected);
                free_sequence(&s);
            }
    twin_end(&part);
}

// MARK: Reading

static void check_attention(twin_part *part, const twin_set *set, sequence_shape shape, uint32_t rows) {
    sequence s = make_sequence(shape, rows);
    store(&lmk_kernels_generic, &s);
    float *expected = attend(&lmk_kernels_generic, &s, LMK_TILE_ROWS);
    float *whole = attend(set->kernels, &s, LMK_TILE_ROWS);
    // Levels meet queries and weights of 15 bits, floats those of fp32.
    const float budget = lmk_kv_is_quantized(shape.format) ? 5e-4f : 2e-5f;
    const size_t values = rows * s.op.output_stride;
    twin_close_floats(part, whole, expected, values, budget, 0, "attention", shape.head_dim);
    twin_print_floats(part, whole, values);
    static const uint32_t tiles[] = {1, 2, 5, 13};
    for (size_t i = 0; i < sizeof tiles / sizeof *tiles; i++) {
        float *parts = attend(set->kernels, &s, tiles[i]);
        twin_equal_floats(part, parts, whole, values, "tiles", tiles[i]);
        free(parts);
    }
    free(expected), free(whole);
    free_sequence(&s);
}

/// The last row's results in steps that threads could share, or at once.
static float *attend_last(const lmk_kernels *kernels, sequence *s, bool in_spans) {
    const uint32_t last = s->rows - 1, heads = s->op.q_heads / s->cache.kv_heads;
    const lmk_attention_tile tile = {last, 1, last, 0, s->blocks};
    const size_t floats = heads * lmk_span_record_floats(s->cache.head_dim);
    float *output = twin_row(s->rows * s->op.output_stride, 0);
    float *totals = twin_memory(floats * sizeof(float)), *records = twin_memory(floats * sizeof(float));
    s->op.cache = &s->cache;
    s->op.output = output;
    for (uint32_t head = 0; head < s->cache.kv_heads; head++) {
        if (!in_spans) {
            kernels->attention(&s->op, &tile, head, s->scratch);
            continue;
        }
        const uint32_t first = lmk_attention_first_span(&s->op, &tile);
        kernels->attention_span(&s->op, &tile, head, first, s->scratch, totals);
        for (uint32_t span = first + 1; span < lmk_attention_spans(&tile); span++) {
            kernels->attention_span(&s->op, &tile, head, span, s->scratch, records);
            kernels->attention_fold(&s->op, totals, records);
        }
        kernels->attention_finish(&s->op, &tile, head, totals);
    }
    free(totals), free(records);
    return output;
}

/// A row that sees two spans.
static void check_spans(twin_part *part, const twin_set *set, lmk_kv_format format, uint32_t window) {
    const uint32_t rows = LMK_SPAN_TOKENS + 77;
    sequence s = make_sequence((sequence_shape){40, 3, 1, format, 256, NULL, window}, rows);
    store(&lmk_kernels_generic, &s);
    float *expected = attend_last(&lmk_kernels_generic, &s, false);
    float *whole = attend_last(set->kernels, &s, false), *steps = attend_last(set->kernels, &s, true);
    const size_t values = rows * s.op.output_stride, first = values - s.op.output_stride;
    const float budget = lmk_kv_is_quantized(format) ? 5e-4f : 2e-5f;
    twin_close_floats(part, whole + first, expected + first, s.op.output_stride, budget, 0, "spans", window);
    twin_equal_floats(part, steps, whole, values, "spans in steps", window);
    twin_print_floats(part, whole + first, s.op.output_stride);
    free(expected), free(whole), free(steps);
    free_sequence(&s);
}

void twins_attention(const twin_set *set) {
    static const char *const names[] = {"kv fp32", "kv fp16", "kv bf16", "kv int8", "kv int4"};
    // head_dim, query heads, kv heads
    static const uint32_t shapes[][3] = {{64, 6, 2}, {80, 4, 1}, {96, 3, 1}, {128, 2, 2}, {256, 1, 1},
                                         {16, 7, 1}, {5, 2, 2},  {40, 3, 1}};
    for (int format = 0; format < LMK_KV_FORMAT_COUNT; format++) {
        twin_part part = twin_begin(set, names[format]);
        for (size_t i = 0; i < sizeof shapes / sizeof *shapes; i++) {
            sequence_shape shape = {.format = (lmk_kv_format)format, .block_tokens = 64};
            shape.head_dim = shapes[i][0], shape.q_heads = shapes[i][1], shape.kv_heads = shapes[i][2];
            // The first shape crosses pages of 64 tokens twice; the others are short.
            check_attention(&part, set, shape, i == 0 ? 133 : 69);
        }
        for (uint32_t tokens = 16; tokens <= 256; tokens *= 2) {
            const sequence_shape shape = {40, 3, 1, (lmk_kv_format)format, tokens, NULL, 0};
            check_attention(&part, set, shape, tokens < 64 ? 3 * tokens + 5 : 69);
        }
        if (format == LMK_KV_INT8)
            check_attention(&part, set, (sequence_shape){64, 6, 2, LMK_KV_INT8, 64, &static_scales, 0}, 69);
        for (uint32_t window = 1; window <= 129; window = window * 5 + 2) {
            const sequence_shape shape = {64, 6, 2, (lmk_kv_format)format, 64, NULL, window};
            check_attention(&part, set, shape, 133);
        }
        check_spans(&part, set, (lmk_kv_format)format, 0);
        check_spans(&part, set, (lmk_kv_format)format, 300);
        twin_end(&part);
    }
}
