// Waiting politely: tells the core that the thread spins, and the time.
#ifndef LMK_PAUSE_H
#define LMK_PAUSE_H

#include <sched.h>
#include <stdint.h>
#include <time.h>

static inline void lmk_pause(void) {
#if defined(__x86_64__)
    __builtin_ia32_pause();
#elif defined(__aarch64__)
    __asm__ volatile("yield");
#endif
}

static inline uint64_t lmk_nanoseconds(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

/// One turn of a loop that waits for another thread. On a machine with fewer free cores than threads
/// that thread may need this core: after about 20 microseconds (a pause takes 10 to 40 ns) every turn yields.
static inline void lmk_wait_turn(uint32_t *turns) {
    if (*turns < 1000) {
        ++*turns;
        lmk_pause();
    } else {
        sched_yield();
    }
}

#endif
