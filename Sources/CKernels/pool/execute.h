// One thread's view of a running command list, shared by `execute*.c`.
#ifndef LMK_EXECUTE_H
#define LMK_EXECUTE_H

#include "common/kernels.h"
#include "pool/pause.h"
#include "pool/pool.h"

#include <assert.h>

/// The caller guarantees what these say; only debug builds look.
#if defined(DEBUG)
#define LMK_DEBUG_CHECK(condition) assert(condition)
#else
#define LMK_DEBUG_CHECK(condition) ((void)0)
#endif

/// Up to this many rows every thread encodes all of them for itself: that costs less than the barrier
/// and the cache misses of sharing.
enum { LMK_PRIVATE_ROWS = 4 };

/// Records of spans that the attention of a step shares, for each thread; as many again hold totals.
enum { LMK_SPLIT_RECORDS = 16 };

typedef struct lmk_encode_buffer {
    uint8_t *data;
    float *scale;
    float *scaled_sum;
} lmk_encode_buffer;

typedef struct lmk_worker {
    lmk_pool *pool;
    const lmk_kernels *kernels;
    const lmk_limits *limits;
    uint32_t thread;
    lmk_encode_buffer shared;  // for limits->rows rows
    lmk_encode_buffer own;     // for LMK_PRIVATE_ROWS rows
    float *row;                // limits->k floats: a row between its prologue and its encoding
    float *attention;          // scratch of the attention kernel
    float *split;              // shared: records of spans, and totals
    lmk_trace *trace;          // of the running command; NULL: nobody looks at the clock
} lmk_worker;

/// lmk_pool_phase for the worker's thread.
static inline void lmk_worker_phase(lmk_worker *worker, uint32_t count) {
    const uint64_t start = worker->trace == NULL ? 0 : lmk_nanoseconds();
    lmk_pool_phase(worker->pool, count);
    if (worker->trace != NULL) worker->trace->waiting += lmk_nanoseconds() - start;
}

void lmk_execute_linear(lmk_worker *worker, const lmk_linear *op);
void lmk_execute_attention(lmk_worker *worker, const lmk_attention *op);

#endif
