#include "pool/pool.h"

#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdlib.h>

#include "pool/pause.h"

// How long an idle worker spins before it sleeps: longer than the gap between two steps of a busy engine, where
// tokens are delivered (0.1 to 0.3 ms, more beside waking a thread of a virtual machine), short enough that an idle
// server costs nothing.
static const uint64_t spin_nanoseconds = 1000000;

// Two cache lines: the adjacent-line prefetcher would otherwise tie neighbours together.
#define LMK_OWN_LINE _Alignas(128)

/// The items [low, high) that a thread has not started, as low << 32 | high.
typedef struct thread_range {
    LMK_OWN_LINE _Atomic uint64_t items;
} thread_range;

struct lmk_pool {
    uint32_t threads;
    uint32_t workers_started;
    pthread_t *workers;
    thread_range *ranges;

    // A job: written by the caller before it advances `generation`.
    void (*body)(void *context, uint32_t thread, uint32_t threads);
    void *context;
    bool stop;
    LMK_OWN_LINE _Atomic uint32_t generation;
    LMK_OWN_LINE _Atomic uint32_t running;

    // The barrier inside a job.
    LMK_OWN_LINE _Atomic uint32_t arrived;
    LMK_OWN_LINE _Atomic uint32_t phase;

    // Workers that gave up spinning.
    LMK_OWN_LINE _Atomic uint32_t sleepers;
    pthread_mutex_t mutex;
    pthread_cond_t wake;
};

typedef struct worker_start {
    lmk_pool *pool;
    uint32_t thread;
} worker_start;

// MARK: Jobs

/// Waits until the generation is no longer `seen`.
static void wait_for_job(lmk_pool *pool, uint32_t seen) {
    uint64_t deadline = lmk_nanoseconds() + spin_nanoseconds;
    do {
        for (int turn = 0; turn < 32; turn++) {
            if (atomic_load_explicit(&pool->generation, memory_order_acquire) != seen) return;
            lmk_pause();
        }
    } while (lmk_nanoseconds() < deadline);

    // Either this thread sees the new generation, or the caller, who advances the generation before
    // it looks for sleepers, sees this one: both orders are sequentially consistent.
    pthread_mutex_lock(&pool->mutex);
    atomic_fetch_add(&pool->sleepers, 1);
    while (atomic_load(&pool->generation) == seen) pthread_cond_wait(&pool->wake, &pool->mutex);
    atomic_fetch_sub(&pool->sleepers, 1);
    pthread_mutex_unlock(&pool->mutex);
}

static void *work(void *argument) {
    worker_start start = *(worker_start *)argument;
    free(argument);
    lmk_pool *pool = start.pool;
    for (uint32_t seen = 0;; seen++) {
        wait_for_job(pool, seen);
        if (pool->stop) return NULL;
        pool->body(pool->context, start.thread, pool->threads);
        atomic_fetch_sub_explicit(&pool->running, 1, memory_order_release);
    }
}

static void announce(lmk_pool *pool) {
    atomic_fetch_add(&pool->generation, 1);
    if (atomic_load(&pool->sleepers) == 0) return;
    pthread_mutex_lock(&pool->mutex);
    pthread_cond_broadcast(&pool->wake);
    pthread_mutex_unlock(&pool->mutex);
}

void lmk_pool_run(lmk_pool *pool, void (*body)(void *context, uint32_t thread, uint32_t threads),
                  void *context) {
    if (pool->threads > 1) {
        pool->body = body;
        pool->context = context;
        atomic_store_explicit(&pool->running, pool->threads - 1, memory_order_relaxed);
        announce(pool);
    }
    body(context, 0, pool->threads);
    uint32_t turns = 0;
    while (atomic_load_explicit(&pool->running, memory_order_acquire) != 0) lmk_wait_turn(&turns);
}

// MARK: Phases of a job

static void deal(lmk_pool *pool, uint32_t count) {
    for (uint64_t thread = 0; thread < pool->threads; thread++) {
        uint64_t low = count * thread / pool->threads, high = count * (thread + 1) / pool->threads;
        atomic_store_explicit(&pool->ranges[thread].items, low << 32 | high, memory_order_relaxed);
    }
}

void lmk_pool_phase(lmk_pool *pool, uint32_t count) {
    uint32_t phase = atomic_load_explicit(&pool->phase, memory_order_relaxed);
    uint32_t before = atomic_fetch_add_explicit(&pool->arrived, 1, memory_order_acq_rel);
    if (before + 1 == pool->threads) {
        // The last to arrive deals for all, so that nobody finds a range of the phase before.
        deal(pool, count);
        atomic_store_explicit(&pool->arrived, 0, memory_order_relaxed);
        atomic_store_explicit(&pool->phase, phase + 1, memory_order_release);
        return;
    }
    uint32_t turns = 0;
    while (atomic_load_explicit(&pool->phase, memory_order_acquire) == phase) lmk_wait_turn(&turns);
}

int64_t lmk_pool_take(lmk_pool *pool, uint32_t thread) {
    for (uint32_t distance = 0; distance < pool->threads; distance++) {
        thread_range *range = &pool->ranges[(thread + distance) % pool->threads];
        uint64_t items = atomic_load_explicit(&range->items, memory_order_relaxed);
        for (;;) {
            uint32_t low = (uint32_t)(items >> 32), high = (uint32_t)items;
            if (low >= high) break;
            bool own = distance == 0;
            uint64_t rest = own ? (uint64_t)(low + 1) << 32 | high : (uint64_t)low << 32 | (high - 1);
            if (atomic_compare_exchange_weak_explicit(&range->items, &items, rest, memory_order_relaxed,
                                                      memory_order_relaxed))
                return own ? low : high - 1;
        }
    }
    return -1;
}

// MARK: Life

static bool start_worker(lmk_pool *pool, uint32_t thread) {
    worker_start *start = malloc(sizeof *start);
    if (start == NULL) return false;
    *start = (worker_start){pool, thread};
    if (pthread_create(&pool->workers[thread - 1], NULL, work, start) == 0) return true;
    free(start);
    return false;
}

lmk_pool *lmk_pool_create(uint32_t threads) {
    if (threads == 0) return NULL;
    lmk_pool *pool = aligned_alloc(_Alignof(lmk_pool), sizeof *pool);
    if (pool == NULL) return NULL;
    *pool = (lmk_pool){.threads = threads};
    pthread_mutex_init(&pool->mutex, NULL);
    pthread_cond_init(&pool->wake, NULL);
    pool->workers = calloc(threads, sizeof *pool->workers);
    pool->ranges = aligned_alloc(_Alignof(thread_range), threads * sizeof *pool->ranges);
    bool ready = pool->workers != NULL && pool->ranges != NULL;
    if (ready) deal(pool, 0);
    for (uint32_t thread = 1; ready && thread < threads; thread++) {
        ready = start_worker(pool, thread);
        if (ready) pool->workers_started++;
    }
    if (ready) return pool;
    lmk_pool_destroy(pool);
    return NULL;
}

void lmk_pool_destroy(lmk_pool *pool) {
    if (pool == NULL) return;
    pool->stop = true;
    announce(pool);
    for (uint32_t i = 0; i < pool->workers_started; i++) pthread_join(pool->workers[i], NULL);
    pthread_cond_destroy(&pool->wake);
    pthread_mutex_destroy(&pool->mutex);
    free(pool->ranges);
    free(pool->workers);
    free(pool);
}

uint32_t lmk_pool_threads(const lmk_pool *pool) { return pool->threads; }

bool lmk_pool_bind(lmk_pool *pool, uint32_t thread, const uint32_t *processors, size_t count) {
    if (thread >= pool->threads || count == 0) return false;
#if defined(__linux__)
    cpu_set_t set;
    CPU_ZERO(&set);
    for (size_t i = 0; i < count; i++) {
        if (processors[i] >= CPU_SETSIZE) return false;
        CPU_SET(processors[i], &set);
    }
    pthread_t handle = thread == 0 ? pthread_self() : pool->workers[thread - 1];
    return pthread_setaffinity_np(handle, sizeof set, &set) == 0;
#else
    (void)processors;
    return false;
#endif
}
