// A command stream on several threads: a small layer gives the same bits on one thread and on three, and
// nearly those of plain C.
#include "common/linear_layout.h"
#include "twins.h"

#include <math.h>

enum { ROWS = 11, HIDDEN = 64, WIDE = 96, BLOCK_TOKENS = 16 };
enum { HEAD_DIM = 32, HALF = HEAD_DIM / 2, Q_HEADS = 2, QKV = (Q_HEADS + 2) * HEAD_DIM };

typedef struct layer {
    lmk_matrix qkv, out, up, down;
    lmk_kv_cache cache;
    float *norm, *rope, *input;
} layer;

static lmk_matrix random_matrix(lmk_format format, uint32_t group, uint64_t n, uint64_t k) {
    float *weights = twin_row(n * k, 0.2f);
    uint8_t *storage = twin_memory(lmk_matrix_bytes(format, group, n, k));
    const lmk_matrix m = {.format = format, .group = group, .n = n, .k = k, .data = storage};
    memset(storage, 0, lmk_matrix_bytes(format, group, n, k));
    if (lmk_format_is_float(format))
        lmk_pack_float(&m, storage, 0, n, weights);
    else
        lmk_pack_quantize(&m, storage, 0, n, weights);
    free(weights);
    return m;
}

static layer make_layer(lmk_format format, uint32_t group, lmk_kv_format kv_format) {
    layer l = {
        .qkv = random_matrix(format, group, QKV, HIDDEN),
        .out = random_matrix(format, group, HIDDEN, Q_HEADS * HEAD_DIM),
        .up = random_matrix(format, group, 2 * WIDE, HIDDEN),
        .down = random_matrix(format, group, HIDDEN, WIDE),
        .cache = {.format = kv_format, .head_dim = HEAD_DIM, .kv_heads = 1, .layers = 1,
                  .block_tokens = BLOCK_TOKENS},
        .norm = twin_row(HIDDEN, 1),
        .rope = twin_row(ROWS * HEAD_DIM, 1),
        .input = twin_row(ROWS * HIDDEN, 3),
    };
    for (int i = 0; i < ROWS * HEAD_DIM; i++) {
        float *pair = l.rope + i / HEAD_DIM * HEAD_DIM + i % HALF;
        pair[0] = sqrtf(1 - pair[HALF] * pair[HALF]);
    }
    l.cache.pool = twin_memory(lmk_kv_block_bytes(&l.cache));
    return l;
}

/// The layer's results on so many threads; the caller frees them.
static float *run(const lmk_kernels *kernels, const layer *l, uint32_t threads) {
    static const int32_t blocks[] = {0};
    const lmk_limits limits = {.threads = threads, .rows = ROWS, .k = WIDE, .head_dim = HEAD_DIM,
                               .q_heads = Q_HEADS};
    float *x = twin_row(ROWS * HIDDEN, 0), *qkv = twin_row(ROWS * QKV, 0);
    float *attended = twin_row(ROWS * HIDDEN, 0), *wide = twin_row(ROWS * 2 * WIDE, 0);
    void *workspace = twin_memory(lmk_workspace_bytes(&limits));
    lmk_pool *pool = lmk_pool_create(threads);
    if (pool == NULL) abort();
    memcpy(x, l->input, ROWS * HIDDEN * sizeof *x);
    memset(l->cache.pool, 0, lmk_kv_block_bytes(&l->cache));
    // Three rows in one tile, the others alone.
    const lmk_attention_tile tiles[] = {{0, 3, 0, 0, blocks}, {3, 7, 3, 0, blocks}, {10, 1, 10, 0, blocks}};
    const lmk_command commands[] = {
        {LMK_OP_LINEAR, .linear = {.weight = &l->qkv, .input = x, .input_stride = HIDDEN,
                                   .prologue = LMK_PROLOGUE_RMSNORM, .epsilon = 1e-5f, .norm_weight = l->norm,
                                   .output = qkv, .output_stride = QKV, .rows = ROWS}},
        {LMK_OP_ATTENTION, .attention = {.cache = &l->cache, .q_heads = Q_HEADS, .rotary_dim = HEAD_DIM,
                                         .scale = 0.17f, .qkv = qkv, .qkv_stride = QKV, .rope = l->rope,
                                         .tiles = tiles, .tile_count = 3, .rows = ROWS, .output = attended,
                                         .output_stride = HIDDEN}},
        {LMK_OP_LINEAR, .linear = {.weight = &l->out, .input = attended, .input_stride = HIDDEN, .output = x,
                                   .output_stride = HIDDEN, .accumulate = true, .rows = ROWS}},
        {LMK_OP_LINEAR, .linear = {.weight = &l->up, .input = x, .input_stride = HIDDEN,
                                   .prologue = LMK_PROLOGUE_RMSNORM, .epsilon = 1e-5f, .norm_weight = l->norm,
                                   .output = wide, .output_stride = 2 * WIDE, .rows = ROWS}},
        {LMK_OP_LINEAR, .linear = {.weight = &l->down, .input = wide, .input_stride = 2 * WIDE,
                                   .prologue = LMK_PROLOGUE_SILU_MUL, .output = x, .output_stride = HIDDEN,
                                   .accumulate = true, .rows = ROWS}},
    };
    lmk_execute(pool, kernels, commands, sizeof commands / sizeof *commands, &limits, workspace);
    lmk_pool_destroy(pool);
    free(qkv), free(attended), free(wide), free(workspace);
    return x;
}

void twins_execute(const twin_set *set) {
    static const struct {
        lmk_format format;
        uint32_t group;
        lmk_kv_format kv_format;
    } kinds[] = {{LMK_W4, 32, LMK_KV_FP16}, {LMK_W8, 0, LMK_KV_INT8}, {LMK_BF16, 0, LMK_KV_BF16}};
    twin_part part = twin_begin(set, "command stream");
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        const layer l = make_layer(kinds[i].format, kinds[i].group, kinds[i].kv_format);
        float *expected = run(&lmk_kernels_generic, &l, 1), *alone = run(set->kernels, &l, 1);
        float *together = run(set->kernels, &l, 3);
        // Norms and powers differ in their last bits, and so may what is rounded to 8 bits after them.
        const bool rounded = kinds[i].format != LMK_BF16 || set->bf16_dot;
        twin_close_floats(&part, alone, expected, ROWS * HIDDEN, rounded ? 0.1f : 1e-4f, 0, "layer", i);
        twin_equal_floats(&part, together, alone, ROWS * HIDDEN, "threads", 3);
        twin_print_floats(&part, together, ROWS * HIDDEN);
        free(expected), free(alone), free(together), free(l.norm), free(l.rope), free(l.input);
        free(l.cache.pool), free((void *)l.qkv.data), free((void *)l.out.data), free((void *)l.up.data);
        free((void *)l.down.data);
    }
    twin_end(&part);
}
