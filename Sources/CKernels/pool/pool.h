// The worker pool's inside, for `execute.c`: barriers and shared work within one job.
#ifndef LMK_POOL_H
#define LMK_POOL_H

#include "common/kernels.h"

/// Starts the next phase of the running job: waits until every thread has called it, then deals the
/// items 0..<count to the threads as contiguous ranges. All threads pass the same count.
void lmk_pool_phase(lmk_pool *pool, uint32_t count);

/// The next item of the phase for `thread`, or -1: from the front of its own range (its memory is
/// read in order), then single items from the far end of the others' ranges.
int64_t lmk_pool_take(lmk_pool *pool, uint32_t thread);

#endif
