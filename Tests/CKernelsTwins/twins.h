// Every kernel against its portable twin, for the kernel tables that this CPU can run. Each part compares
// some kernels and adds up how many values it looked at, how many differ, and a fingerprint of all results:
// machines that run the same order of sums print the same one.
#ifndef LMK_TWINS_H
#define LMK_TWINS_H

#include "common/kernels.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/// A table of kernels and what its results may be compared with.
typedef struct twin_set {
    const char *name;
    const lmk_kernels *kernels;
    bool bf16_dot;  // bf16 weights meet rounded inputs: their sums have another order than the portable ones
} twin_set;

/// What a part found out.
typedef struct twin_part {
    const char *set;
    const char *name;
    uint64_t cases;
    uint64_t values;
    uint64_t differing;
    uint64_t fingerprint;
} twin_part;

twin_part twin_begin(const twin_set *set, const char *name);
/// Prints the part's line of the table; the program fails when something differs, or nothing was compared.
void twin_end(const twin_part *part);

/// Counts a case that is wrong as a whole, and says so.
void twin_require(twin_part *part, bool ok, const char *what, uint64_t size);
/// Equal bits, or both NaN.
void twin_equal_floats(twin_part *part, const float *got, const float *expected, size_t n, const char *what,
                       uint64_t size);
/// |got - expected| <= absolute + relative * |expected|, or both NaN.
void twin_close_floats(twin_part *part, const float *got, const float *expected, size_t n, float absolute,
                       float relative, const char *what, uint64_t size);
void twin_equal_bytes(twin_part *part, const void *got, const void *expected, size_t n, const char *what,
                      uint64_t size);
/// Adds results to the fingerprint. What is added must not depend on the set's tiles.
void twin_print_floats(twin_part *part, const float *x, size_t n);
void twin_print_bytes(twin_part *part, const void *bytes, size_t n);

/// The same numbers on every machine, without the C library's functions.
void twin_seed(uint64_t seed);
uint64_t twin_bits(void);
/// Uniform in -scale ..< scale.
float twin_uniform(float scale);
/// n uniform numbers (zeros for a scale of 0) and one more behind them, which no kernel may touch. The caller
/// frees them.
float *twin_row(size_t n, float scale);
/// Aligned to 64 bytes. The caller frees it.
void *twin_memory(size_t bytes);

// The parts. The first two have kernels for each set, the others for each instruction set.
void twins_linear(const twin_set *set);
void twins_execute(const twin_set *set);
void twins_rows(const twin_set *set);
void twins_sampling(const twin_set *set);
void twins_kv_store(const twin_set *set);
void twins_attention(const twin_set *set);
void twins_groups(const twin_set *set);
void twins_blocks(const twin_set *set);

#endif
