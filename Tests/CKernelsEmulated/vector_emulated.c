// The AVX-512 kernels that are not linear layers, with their vectors split into AVX2 halves, against
// their scalar twins. Exits with status 1 when one of them disagrees.
#include "common/attention_scratch.h"
#include "common/vector_kernels.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int failures;

static void check(int ok, const char *what, size_t n) {
    if (ok) return;
    fprintf(stderr, "FAILED: %s, size %zu\n", what, n);
    failures++;
}

static uint64_t state = 88172645463325252u;
static float uniform(float scale) {
    state ^= state << 13, state ^= state >> 7, state ^= state << 17;
    return ((float)(state >> 40) * 0x1p-23f - 1) * scale;
}
static float *random_row(size_t n, float scale) {
    float *row = malloc((n + 1) * sizeof *row);
    for (size_t i = 0; i <= n; i++) row[i] = uniform(scale);
    return row;
}

/// Whether n results agree within `budget` times the larger of 1e-3 and their size, and out[n] is untouched.
static int close_to(const float *out, const float *expected, size_t n, float budget, float canary) {
    for (size_t i = 0; i < n; i++)
        if (!(fabsf(out[i] - expected[i]) <= budget * fmaxf(1e-3f, fabsf(expected[i])))) return 0;
    return out[n] == canary;
}

// MARK: Rows

static void check_elementwise(size_t n) {
    float *x = random_row(n, 20), *y = random_row(n, 2);
    float *expected = random_row(n, 1), *out = random_row(n, 1);
    float canary = out[n];
    lmk_generic_rmsnorm(expected, x, y, n, 1e-5f);
    lmk_avx512_rmsnorm(out, x, y, n, 1e-5f);
    check(close_to(out, expected, n, 2e-6f, canary), "rmsnorm", n);
    lmk_generic_silu_mul(expected, x, y, n);
    lmk_avx512_silu_mul(out, x, y, n);
    check(close_to(out, expected, n, 1e-6f, canary), "silu_mul", n);

    memcpy(expected, x, n * sizeof *x);
    memcpy(out, x, n * sizeof *x);
    float *angles = random_row(n, 3), *sines = random_row(n, 1);
    for (size_t i = 0; i < n; i++) sines[i] = sinf(angles[i]), angles[i] = cosf(angles[i]);
    lmk_generic_rope(expected, angles, sines, (uint32_t)(n / 2 * 2));
    lmk_avx512_rope(out, angles, sines, (uint32_t)(n / 2 * 2));
    // Differences of products of 20: absolute, not relative to a small result.
    int rope_ok = out[n] == canary;
    for (size_t i = 0; i < n; i++) rope_ok &= fabsf(out[i] - expected[i]) <= 1e-5f;
    check(rope_ok, "rope", n);
    free(x), free(y), free(expected), free(out), free(angles), free(sines);
}

static void check_candidates(const float *x, size_t n) {
    size_t blocks = (n + LMK_MAXIMA_BLOCK - 1) / LMK_MAXIMA_BLOCK;
    float *expected = random_row(blocks, 1), *maxima = random_row(blocks, 1);
    lmk_generic_block_maxima(x, n, expected);
    lmk_avx512_block_maxima(x, n, maxima);
    check(memcmp(maxima, expected, blocks * sizeof *maxima) == 0, "block_maxima", n);
    uint64_t *a = malloc(n * sizeof *a), *b = malloc(n * sizeof *b);
    for (float bound = -10; bound < 20; bound += 4) {
        size_t count = lmk_generic_at_least(x, n, expected, bound, a);
        check(lmk_avx512_at_least(x, n, maxima, bound, b) == count, "at_least count", n);
        check(memcmp(a, b, count * sizeof *a) == 0, "at_least", n);
    }
    free(expected), free(maxima), free(a), free(b);
}

static void check_weights(const float *x, size_t n) {
    size_t blocks = (n + LMK_WEIGHTS_BLOCK - 1) / LMK_WEIGHTS_BLOCK;
    uint64_t *a = malloc(n * sizeof *a), *b = malloc(n * sizeof *b);
    uint64_t *sums = malloc(blocks * sizeof *sums);
    lmk_generic_weights(x, n, 20, 0.7f, a);
    lmk_avx512_weights(x, n, 20, 0.7f, b);
    lmk_avx512_weight_sums(x, n, 20, 0.7f, sums);
    int ok = 1;
    for (size_t i = 0; i < n; i++) {
        // Two units in the last place of a power, and the rounding to an integer.
        double distance = fabs((double)a[i] - (double)b[i]);
        ok &= distance <= 3e-7 * (double)a[i] + 1;
        sums[i / LMK_WEIGHTS_BLOCK] -= b[i];
    }
    for (size_t block = 0; block < blocks; block++) ok &= sums[block] == 0;
    check(ok, "weights", n);
    free(a), free(b), free(sums);
}

static void check_sampling(size_t n) {
    float *x = random_row(n, 20), *expected = random_row(n, 1), *out = random_row(n, 1);
    float canary = out[n];
    uint64_t allowed[80];
    for (size_t i = 0; i < sizeof allowed / sizeof *allowed; i++) allowed[i] = i % 3 * 0x5a5a0ff0123456ffu;
    for (int kind = 0; kind < 3; kind++) {
        if (kind == 1)  // many ties
            for (size_t i = 0; i < n; i++) x[i] = (float)(int)(x[i] / 8);
        if (kind == 2)
            for (size_t i = 0; i < n; i += 3) x[i] = NAN;
        check(lmk_avx512_argmax(x, n) == lmk_generic_argmax(x, n), "argmax", n);
        lmk_softmax a = lmk_generic_softmax_scan(x, n), b = lmk_avx512_softmax_scan(x, n);
        check(a.argmax == b.argmax && a.maximum == b.maximum, "softmax_scan", n);
        check(fabs(a.sum - b.sum) <= 2e-6 * a.sum, "softmax_scan sum", n);
        check_candidates(x, n);
        check_weights(x, n);
        lmk_generic_copy_allowed(expected, x, n, allowed);
        lmk_avx512_copy_allowed(out, x, n, allowed);
        check(memcmp(out, expected, n * sizeof *out) == 0 && out[n] == canary, "copy_allowed", n);
    }
    free(x), free(expected), free(out);
}

// MARK: Attention

typedef struct sequence {
    lmk_kv_cache cache;
    lmk_attention op;
    int32_t blocks[4];
    float *scratch;
} sequence;

typedef void kv_store_kernel(const lmk_kv_cache *, uint32_t, uint8_t *, uint32_t, const float *,
                             const float *);
typedef void attention_kernel(const lmk_attention *, const lmk_attention_tile *, uint32_t, float *);

/// Stores `rows` tokens, then attends in tiles of `tile` rows.
static void attend(sequence *s, uint32_t rows, uint32_t tile, kv_store_kernel *kv_store,
                   attention_kernel *attention) {
    const lmk_kv_cache *cache = &s->cache;
    memset(cache->pool, 0xFF, 4 * lmk_kv_block_bytes(cache));  // NaN in every format
    for (uint32_t row = 0; row < rows; row++)
        for (uint32_t head = 0; head < cache->kv_heads; head++) {
            const float *key =
                s->op.qkv + row * s->op.qkv_stride + (s->op.q_heads + head) * (size_t)cache->head_dim;
            const uint32_t page_tokens = lmk_kv_page_tokens(cache);
            uint8_t *page = lmk_kv_page(cache, s->blocks, 0, head, row / page_tokens);
            kv_store(cache, 0, page, row % page_tokens, key, key + cache->kv_heads * (size_t)cache->head_dim);
        }
    for (uint32_t first = 0; first < rows; first += tile) {
        uint32_t count = rows - first < tile ? rows - first : tile;
        lmk_attention_tile part = {first, count, first, 0, s->blocks};
        for (uint32_t head = 0; head < cache->kv_heads; head++) attention(&s->op, &part, head, s->scratch);
    }
}

static void check_attention(lmk_kv_format format, const lmk_kv_scales *scales, uint32_t block_tokens,
                            uint32_t head_dim, uint32_t q_heads, uint32_t kv_heads) {
    // Four blocks, the last one not full.
    const uint32_t rows = 4 * block_tokens - block_tokens / 2 + 5;
    sequence s = {.cache = {.format = format, .head_dim = head_dim, .kv_heads = kv_heads, .layers = 1,
                            .block_tokens = block_tokens, .static_scales = scales},
                  .blocks = {2, 0, 3, 1}};
    s.cache.pool = aligned_alloc(64, 4 * lmk_kv_block_bytes(&s.cache));
    s.scratch = malloc(lmk_attention_scratch_floats(head_dim, q_heads / kv_heads) * sizeof(float));
    size_t stride = (size_t)(q_heads + 2 * kv_heads) * head_dim, width = (size_t)q_heads * head_dim;
    float *expected = random_row(rows * width, 1), *whole = random_row(rows * width, 1);
    float *parts = random_row(rows * width, 1);
    s.op = (lmk_attention){.cache = &s.cache, .q_heads = q_heads, .scale = 1 / sqrtf((float)head_dim),
                           .qkv = random_row(rows * stride, 2), .qkv_stride = stride, .output_stride = width};

    const size_t pool_bytes = 4 * lmk_kv_block_bytes(&s.cache);
    uint8_t *expected_pool = malloc(pool_bytes);
    s.op.output = expected;
    attend(&s, rows, 32, lmk_generic_kv_store, lmk_generic_attention);
    memcpy(expected_pool, s.cache.pool, pool_bytes);
    s.op.output = whole;
    attend(&s, rows, 32, lmk_avx512_kv_store, lmk_avx512_attention);
    check(memcmp(expected_pool, s.cache.pool, pool_bytes) == 0, "kv_store", head_dim);
    free(expected_pool);
    // Levels meet queries and weights of 15 bits, floats those of fp32.
    const float budget = lmk_kv_is_quantized(format) ? 5e-4f : 2e-5f;
    int ok = 1;
    for (size_t i = 0; i < rows * width; i++) ok &= fabsf(whole[i] - expected[i]) <= budget;
    check(ok, "attention", head_dim);
    s.op.output = parts;
    for (uint32_t tile = 1; tile < 32; tile += 6) {
        attend(&s, rows, tile, lmk_avx512_kv_store, lmk_avx512_attention);
        check(memcmp(parts, whole, rows * width * sizeof(float)) == 0, "attention in tiles", tile);
    }
    free(expected), free(whole), free(parts), free(s.scratch), free(s.cache.pool), free(s.op.qkv);
}

int main(void) {
    static const uint32_t shapes[][3] = {{64, 9, 3}, {128, 4, 4}, {80, 4, 1},
                                         {96, 6, 2}, {16, 7, 1},  {5, 2, 2}};
    for (size_t n = 1; n <= 70; n++) check_elementwise(n), check_sampling(n);
    check_elementwise(4099), check_sampling(4099);
    for (size_t i = 0; i < sizeof shapes / sizeof *shapes; i++)
        for (int format = 0; format < LMK_KV_FORMAT_COUNT; format++)
            check_attention((lmk_kv_format)format, NULL, 64, shapes[i][0], shapes[i][1], shapes[i][2]);
    for (int format = 0; format < LMK_KV_FORMAT_COUNT; format++)
        for (uint32_t tokens = 16; tokens <= 128; tokens *= 2)
            check_attention((lmk_kv_format)format, NULL, tokens, 40, 7, 1);
    static const lmk_kv_scales scales = {3.9f / 255, 0.01f, 4.1f / 255, -0.03f};
    check_attention(LMK_KV_INT8, &scales, 64, 64, 9, 3);
    if (failures == 0) printf("vector kernels: AVX-512 logic agrees with the scalar twins\n");
    return failures != 0;
}
