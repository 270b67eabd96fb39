// Runs a command list in one job of the pool: a thread goes through all commands by itself and meets
// the others at the barriers that data needs, so nothing returns to the caller between commands.
#include "pool/execute.h"

#include "common/attention_scratch.h"
#include "pool/float_mode.h"

// MARK: Workspace
//
// shared encode buffer, shared records of spans; then per thread: own encode buffer, row, attention scratch.
//   encode buffer of r rows:  4 r k bytes (fp32, the largest encoding) + 2 x 4 r ceil(k / 32) bytes
//                             (scale and scaled sum of the smallest group)
//   row:                      4 k bytes
//   attention:                lmk_attention_scratch_floats(head_dim, q_heads): one kv head at the least
//   records:                  2 x LMK_SPLIT_RECORDS a thread, all heads' of one kv head at the least
// Every region is rounded up to 128 bytes, so that threads share no cache line pair.

enum { REGION_ALIGNMENT = 128, SMALLEST_GROUP = 32 };

/// Hands out consecutive regions; with a NULL base it only measures.
typedef struct region_cursor {
    uint8_t *base;
    size_t offset;
} region_cursor;

static void *next_region(region_cursor *cursor, size_t bytes) {
    void *region = cursor->base == NULL ? NULL : cursor->base + cursor->offset;
    cursor->offset += lmk_round_up(bytes, REGION_ALIGNMENT);
    return region;
}

static lmk_encode_buffer next_encode_buffer(region_cursor *cursor, size_t rows, uint64_t k) {
    size_t groups = lmk_round_up(k, SMALLEST_GROUP) / SMALLEST_GROUP;
    lmk_encode_buffer buffer;
    buffer.data = next_region(cursor, rows * k * sizeof(float));
    buffer.scale = next_region(cursor, rows * groups * sizeof(float));
    buffer.scaled_sum = next_region(cursor, rows * groups * sizeof(float));
    return buffer;
}

static void next_thread_regions(region_cursor *cursor, const lmk_limits *limits, lmk_worker *worker) {
    worker->own = next_encode_buffer(cursor, LMK_PRIVATE_ROWS, limits->k);
    worker->row = next_region(cursor, limits->k * sizeof(float));
    size_t scratch_floats = lmk_attention_scratch_floats(limits->head_dim, limits->q_heads);
    worker->attention = next_region(cursor, scratch_floats * sizeof(float));
}

static void next_shared_regions(region_cursor *cursor, const lmk_limits *limits, lmk_worker *worker) {
    worker->shared = next_encode_buffer(cursor, limits->rows, limits->k);
    const size_t record_floats = limits->q_heads * lmk_span_record_floats(limits->head_dim);
    worker->split =
        next_region(cursor, (size_t)2 * LMK_SPLIT_RECORDS * limits->threads * record_floats * sizeof(float));
}

size_t lmk_workspace_bytes(const lmk_limits *limits) {
    region_cursor cursor = {NULL, 0};
    lmk_worker worker;
    next_shared_regions(&cursor, limits, &worker);
    size_t shared_bytes = cursor.offset;
    next_thread_regions(&cursor, limits, &worker);
    return shared_bytes + limits->threads * (cursor.offset - shared_bytes);
}

// MARK: Commands

static void execute_embed(lmk_worker *worker, const lmk_embed *op) {
    lmk_worker_phase(worker, op->rows);
    for (int64_t row; (row = lmk_pool_take(worker->pool, worker->thread)) >= 0;)
        lmk_unpack_rows(op->table, (uint64_t)op->tokens[row], 1, op->output + row * op->output_stride);
}

static void execute_rmsnorm(lmk_worker *worker, const lmk_rmsnorm *op) {
    lmk_worker_phase(worker, op->rows);
    for (int64_t row; (row = lmk_pool_take(worker->pool, worker->thread)) >= 0;)
        worker->kernels->rmsnorm(op->output + row * op->output_stride, op->input + row * op->input_stride,
                                 op->weight, op->n, op->epsilon);
}

typedef struct execution {
    lmk_pool *pool;
    const lmk_kernels *kernels;
    const lmk_command *commands;
    size_t count;
    const lmk_limits *limits;
    void *workspace;
    lmk_trace *traces;  // [count][threads], or NULL
} execution;

static void execute_command(lmk_worker *worker, const lmk_command *command) {
    switch (command->op) {
    case LMK_OP_EMBED: execute_embed(worker, &command->embed); break;
    case LMK_OP_LINEAR: lmk_execute_linear(worker, &command->linear); break;
    case LMK_OP_ATTENTION: lmk_execute_attention(worker, &command->attention); break;
    case LMK_OP_RMSNORM: execute_rmsnorm(worker, &command->rmsnorm); break;
    }
}

static void execute_and_trace(lmk_worker *worker, const lmk_command *command, lmk_trace *trace) {
    *trace = (lmk_trace){0};
    worker->trace = trace;
    const uint64_t start = lmk_nanoseconds();
    execute_command(worker, command);
    trace->computing = lmk_nanoseconds() - start - trace->waiting - trace->encoding;
}

static void execute_on_thread(void *context, uint32_t thread, uint32_t threads) {
    const execution *run = context;
    LMK_DEBUG_CHECK(threads <= run->limits->threads);
    lmk_worker worker = {
        .pool = run->pool, .kernels = run->kernels, .limits = run->limits, .thread = thread};
    region_cursor cursor = {run->workspace, 0};
    next_shared_regions(&cursor, run->limits, &worker);
    for (uint32_t i = 0; i <= thread; i++) next_thread_regions(&cursor, run->limits, &worker);

    lmk_float_mode mode = lmk_flush_denormals();
    for (size_t i = 0; i < run->count; i++) {
        if (run->traces == NULL)
            execute_command(&worker, &run->commands[i]);
        else
            execute_and_trace(&worker, &run->commands[i], &run->traces[i * threads + thread]);
    }
    lmk_restore_float_mode(mode);
}

void lmk_execute(lmk_pool *pool, const lmk_kernels *kernels, const lmk_command *commands, size_t count,
                 const lmk_limits *limits, void *workspace) {
    lmk_execute_traced(pool, kernels, commands, count, limits, workspace, NULL);
}

void lmk_execute_traced(lmk_pool *pool, const lmk_kernels *kernels, const lmk_command *commands, size_t count,
                        const lmk_limits *limits, void *workspace, lmk_trace *traces) {
    if (count == 0) return;
    execution run = {pool, kernels, commands, count, limits, workspace, traces};
    lmk_pool_run(pool, execute_on_thread, &run);
}
