// Speed of the attention kernels on one thread, for every format of the KV cache. From this folder:
//   clang -O2 -D_GNU_SOURCE -I../../Sources/CKernels attention_bench.c \
//       ../../Sources/CKernels/*/*.c -lm -lpthread -o /tmp/attention_bench
//   /tmp/attention_bench [generic | avx2 | avxvnni | avx512bw | avx512]
// Decode reads a different layer each time, as a model does, from a cache that is larger than any last-level
// cache. Formats take turns within a round, because the clock and the neighbours of a virtual machine change
// within seconds; the medians of the rounds are printed.
#include "common/attention_scratch.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum {
    ROUNDS = 9,
    COLD_BYTES = 192 << 20,  // of fp32 cache; the other formats take their share of it
    PREFILL_ROWS = 512,
};
static const double sample_seconds = 3e-3;
static const char *const names[LMK_KV_FORMAT_COUNT] = {"fp32", "fp16", "bf16", "int8", "int4"};

static const lmk_kernels *kernels;

/// Processor time: a busy machine that takes the thread off its core does not count.
static double now(void) {
    struct timespec t;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

static int by_value(const void *a, const void *b) {
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}
static double median(double *values) {
    qsort(values, ROUNDS, sizeof *values, by_value);
    return values[ROUNDS / 2];
}

static float *random_floats(size_t n) {
    static uint64_t state = 88172645463325252u;
    float *x = malloc(n * sizeof *x);
    for (size_t i = 0; i < n; i++) {
        state ^= state << 13, state ^= state >> 7, state ^= state << 17;
        x[i] = (float)(state >> 40) * 0x1p-23f - 1;
    }
    return x;
}

/// One sequence of `length` tokens in every layer of a cache, its blocks in order.
typedef struct subject {
    lmk_kv_cache cache;
    lmk_attention op;
    int32_t *blocks;
    float *scratch;
    uint32_t length;
} subject;

static subject make_subject(lmk_kv_format format, uint32_t head_dim, uint32_t group, uint32_t length) {
    subject s = {.length = length};
    s.cache = (lmk_kv_cache){
        .format = format, .head_dim = head_dim, .kv_heads = 2, .layers = 1, .block_tokens = 64};
    lmk_kv_cache *cache = &s.cache;
    const uint32_t blocks = length / 64;
    cache->layers = (uint32_t)(COLD_BYTES / ((size_t)length * cache->kv_heads * head_dim * 8));
    cache->layers = cache->layers < 1 ? 1 : cache->layers > 64 ? 64 : cache->layers;
    cache->pool = aligned_alloc(2 << 20, lmk_round_up(blocks * lmk_kv_block_bytes(cache), 2 << 20));
    s.blocks = malloc(blocks * sizeof *s.blocks);
    for (uint32_t i = 0; i < blocks; i++) s.blocks[i] = (int32_t)i;

    const uint32_t q_heads = group * cache->kv_heads;
    const size_t stride = (size_t)(q_heads + 2 * cache->kv_heads) * head_dim;
    float *rows = random_floats(PREFILL_ROWS * stride);
    for (uint32_t layer = 0; layer < cache->layers; layer++)
        for (uint32_t head = 0; head < cache->kv_heads; head++)
            for (uint32_t t = 0; t < length; t++) {
                const float *key = rows + t % PREFILL_ROWS * stride + (q_heads + head) * (size_t)head_dim;
                uint8_t *page = lmk_kv_page(cache, s.blocks, layer, head, t / 64);
                kernels->kv_store(cache, layer, page, t % 64, key, key + cache->kv_heads * (size_t)head_dim);
            }
    s.scratch = malloc(lmk_attention_scratch_floats(head_dim, group) * sizeof(float));
    const size_t width = (size_t)q_heads * head_dim;
    s.op = (lmk_attention){.q_heads = q_heads, .scale = 1 / sqrtf((float)head_dim), .qkv = rows,
                           .qkv_stride = stride, .output = malloc(PREFILL_ROWS * width * sizeof(float)),
                           .output_stride = width};
    return s;
}

static void free_subject(subject *s) {
    free(s->cache.pool), free(s->blocks), free(s->scratch), free(s->op.qkv), free(s->op.output);
}

/// Seconds for one layer's attention of the sequence's last token.
static double decode_seconds(subject *s) {
    s->op.cache = &s->cache;
    const lmk_attention_tile tile = {.rows = 1, .first_position = s->length - 1, .blocks = s->blocks};
    uint64_t count = 0;
    const double start = now();
    double end = start;
    for (; end - start < sample_seconds || count < s->cache.layers; end = now())
        for (uint32_t layer = 0; layer < s->cache.layers; layer++, count++) {
            s->op.layer = layer;
            for (uint32_t head = 0; head < s->cache.kv_heads; head++)
                kernels->attention(&s->op, &tile, head, s->scratch);
        }
    return (end - start) / (double)count;
}

/// Seconds for one layer's attention of a prompt of PREFILL_ROWS tokens.
static double prefill_seconds(subject *s) {
    s->op.cache = &s->cache;
    s->op.layer = 0;
    const double start = now();
    for (uint32_t row = 0; row < PREFILL_ROWS; row += LMK_TILE_ROWS) {
        const lmk_attention_tile tile = {row, LMK_TILE_ROWS, row, 0, s->blocks};
        for (uint32_t head = 0; head < s->cache.kv_heads; head++)
            kernels->attention(&s->op, &tile, head, s->scratch);
    }
    return now() - start;
}

static void measure(uint32_t head_dim, uint32_t group, uint32_t length, bool prefill) {
    subject subjects[LMK_KV_FORMAT_COUNT];
    double seconds[LMK_KV_FORMAT_COUNT][ROUNDS];
    for (int f = 0; f < LMK_KV_FORMAT_COUNT; f++)
        subjects[f] = make_subject((lmk_kv_format)f, head_dim, group, length);
    for (int round = -1; round < ROUNDS; round++)
        for (int f = 0; f < LMK_KV_FORMAT_COUNT; f++) {
            double sample = prefill ? prefill_seconds(&subjects[f]) : decode_seconds(&subjects[f]);
            if (round >= 0) seconds[f][round] = sample;
        }
    printf("%-7s dim %3u  %u q/kv  %4u tokens |", prefill ? "prefill" : "decode", head_dim, group, length);
    for (int f = 0; f < LMK_KV_FORMAT_COUNT; f++) {
        const double time = median(seconds[f]);
        const lmk_kv_cache *cache = &subjects[f].cache;
        const double bytes = (double)lmk_kv_head_bytes(cache) * cache->kv_heads * length / 64;
        printf(" %s %7.1f us", names[f], time * 1e6);
        if (!prefill) printf(" %4.1f GB/s", bytes / time * 1e-9);
        printf(" |");
        free_subject(&subjects[f]);
    }
    printf("\n");
    fflush(stdout);
}

int main(int argc, char **argv) {
    lmk_isa isa = lmk_isa_best();
    for (int i = 0; argc > 1 && i < LMK_ISA_COUNT; i++)
        if (strcmp(argv[1], lmk_isa_name((lmk_isa)i)) == 0) isa = (lmk_isa)i;
    kernels = lmk_kernels_for(isa);
    if (kernels == NULL) {
        fprintf(stderr, "attention_bench: this CPU cannot run %s\n", lmk_isa_name(isa));
        return 1;
    }
    static const uint32_t shapes[][2] = {{64, 3}, {128, 1}, {128, 4}};
    for (size_t i = 0; i < sizeof shapes / sizeof *shapes; i++) {
        for (uint32_t length = 512; length <= 8192; length *= 4)
            measure(shapes[i][0], shapes[i][1], length, false);
        measure(shapes[i][0], shapes[i][1], PREFILL_ROWS, true);
    }
    return 0;
}
