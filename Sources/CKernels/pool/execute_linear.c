#include "common/linear_layout.h"
#include "pool/execute.h"

static void attach(lmk_activations *a, const lmk_encode_buffer *buffer) {
    a->data = buffer->data;
    a->scale = buffer->scale;
    a->scaled_sum = buffer->scaled_sum;
}

/// The row that the weight multiplies: the input, or the prologue's result in the worker's buffer.
static const float *prepared_row(lmk_worker *worker, const lmk_linear *op, uint32_t row) {
    size_t index = op->row_indices == NULL ? row : (size_t)op->row_indices[row];
    const float *input = op->input + index * op->input_stride;
    uint64_t k = op->weight->k;
    switch (op->prologue) {
    case LMK_PROLOGUE_NONE: return input;
    case LMK_PROLOGUE_RMSNORM:
        worker->kernels->rmsnorm(worker->row, input, op->norm_weight, k, op->epsilon);
        return worker->row;
    case LMK_PROLOGUE_SILU_MUL:
        worker->kernels->silu_mul(worker->row, input, input + k, k);
        return worker->row;
    }
    return input;
}

static void encode(lmk_worker *worker, const lmk_linear *op, lmk_activations *a, uint32_t row) {
    // The inverse of lmk_tile_first: the first `longer` tiles have one row more.
    uint32_t base = a->rows / a->tiles, longer = a->rows % a->tiles;
    uint32_t in_longer = longer * (base + 1);
    uint32_t tile = row < in_longer ? row / (base + 1) : longer + (row - in_longer) / base;
    uint32_t row_in_tile = row - lmk_tile_first(a, tile);
    worker->kernels->encode_row[a->encoding](a, tile, row_in_tile, prepared_row(worker, op, row));
}

// What memory delivers to one thread (about 12 GB/s) while it waits at the barrier and encodes (1 to 2 us).
static const size_t first_fetch_bytes = 16 << 10;

/// Fetches the start of the thread's first panels while it waits for the others and encodes: a weight
/// stream otherwise begins with a full memory latency, some microseconds of a small layer.
static void fetch_first_panel(const lmk_worker *worker, const lmk_matrix *weight, uint32_t panels) {
    const uint64_t first = (uint64_t)panels * worker->thread / lmk_pool_threads(worker->pool);
    const uint8_t *data = lmk_panel_data(weight, first);
    for (size_t offset = 0; offset < first_fetch_bytes; offset += 64) __builtin_prefetch(data + offset, 0, 2);
}

/// Encodes rows of a shared buffer until none is left, or all rows of the thread's own one.
static void encode_rows(lmk_worker *worker, const lmk_linear *op, lmk_activations *a, bool shared) {
    const uint64_t start = worker->trace == NULL ? 0 : lmk_nanoseconds();
    if (shared) {
        for (int64_t row; (row = lmk_pool_take(worker->pool, worker->thread)) >= 0;)
            encode(worker, op, a, (uint32_t)row);
    } else {
        for (uint32_t row = 0; row < op->rows; row++) encode(worker, op, a, row);
    }
    if (worker->trace != NULL) worker->trace->encoding += lmk_nanoseconds() - start;
}

void lmk_execute_linear(lmk_worker *worker, const lmk_linear *op) {
    const lmk_matrix *weight = op->weight;
    const lmk_kernels *kernels = worker->kernels;
    LMK_DEBUG_CHECK(op->rows <= worker->limits->rows && weight->k <= worker->limits->k);
    if (op->rows == 0) return;

    lmk_activations a;
    lmk_activations_shape(&a, kernels->encoding[weight->format], weight, op->rows,
                          kernels->tile_rows[weight->format]);
    uint32_t panels = (uint32_t)lmk_panel_count(weight);
    if (op->rows <= LMK_PRIVATE_ROWS) {
        attach(&a, &worker->own);
        fetch_first_panel(worker, weight, panels);
        lmk_worker_phase(worker, panels);
        encode_rows(worker, op, &a, false);
    } else {
        attach(&a, &worker->shared);
        lmk_worker_phase(worker, op->rows);
        encode_rows(worker, op, &a, true);
        lmk_worker_phase(worker, panels);
    }
    lmk_destination to = {op->output, op->output_stride, op->bias, op->accumulate};
    for (int64_t panel; (panel = lmk_pool_take(worker->pool, worker->thread)) >= 0;)
        kernels->linear_panel[weight->format](weight, &a, (uint64_t)panel, &to);
}
