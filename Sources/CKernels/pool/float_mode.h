// Denormal numbers as zero: softmax tails and quantised zeros produce them, and cores handle them in
// slow microcode. The mode belongs to a thread, so a job sets it and puts the old one back.
#ifndef LMK_FLOAT_MODE_H
#define LMK_FLOAT_MODE_H

#include <stdint.h>

#if defined(__x86_64__)
#include <xmmintrin.h>
typedef uint32_t lmk_float_mode;
static inline lmk_float_mode lmk_flush_denormals(void) {
    lmk_float_mode before = _mm_getcsr();
    _mm_setcsr(before | 0x8040);  // flush to zero, denormals are zero
    return before;
}
static inline void lmk_restore_float_mode(lmk_float_mode mode) { _mm_setcsr(mode); }
#elif defined(__aarch64__)
typedef uint64_t lmk_float_mode;
static inline lmk_float_mode lmk_flush_denormals(void) {
    lmk_float_mode before;
    __asm__ volatile("mrs %0, fpcr" : "=r"(before));
    __asm__ volatile("msr fpcr, %0" : : "r"(before | (1u << 24)));
    return before;
}
static inline void lmk_restore_float_mode(lmk_float_mode mode) {
    __asm__ volatile("msr fpcr, %0" : : "r"(mode));
}
#else
typedef uint32_t lmk_float_mode;
static inline lmk_float_mode lmk_flush_denormals(void) { return 0; }
static inline void lmk_restore_float_mode(lmk_float_mode mode) { (void)mode; }
#endif

#endif
