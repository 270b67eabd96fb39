// Speed of the linear kernels on one thread, against this machine's ceilings measured in the same run.
// From this folder:
//   clang -O2 -D_GNU_SOURCE -I../../Sources/CKernels linear_bench.c \
//       ../../Sources/CKernels/*/*.c -lm -lpthread -o /tmp/linear_bench
//   /tmp/linear_bench [generic | avx2 | avxvnni | avx512bw | avx512 [a format's name]]
// M = 1 streams different matrices from memory and is compared with the read bandwidth; more rows are
// compared with the rate of register-only multiply-adds. Every sample lies between two samples of its
// ceiling, because the clock and the neighbours of a virtual machine change within seconds.
#include "common/linear_layout.h"
#include "include/lmk_testing.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

enum {
    ROUNDS = 9,
    // Cold weights: far more than any last-level cache.
    COLD_BYTES = 192 << 20,
    CEILING_READ_BYTES = 16 << 20,
    CEILING_ITERATIONS = 20000,
};
static const double sample_seconds = 2e-3;

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
static double median(double *values, int n) {
    qsort(values, (size_t)n, sizeof *values, by_value);
    return values[n / 2];
}

static lmk_isa isa;
static const lmk_kernels *kernels;
static uint8_t *cold;

/// Bytes per second of reading memory that no cache holds.
static double read_rate(void) {
    static size_t position;
    if (position + CEILING_READ_BYTES > COLD_BYTES) position = 0;
    const double start = now();
    lmk_ceiling_read(isa, cold + position, CEILING_READ_BYTES);
    position += CEILING_READ_BYTES;
    return CEILING_READ_BYTES / (now() - start);
}

static double multiply_rate(lmk_ceiling what) {
    const double start = now();
    const double operations = lmk_ceiling_run(isa, what, CEILING_ITERATIONS);
    return operations / (now() - start);
}

typedef struct linear_case {
    const char *name;
    lmk_format format;
    uint32_t group;
} linear_case;

/// What a case is compared with.
static double ceiling_rate(const linear_case *c, uint32_t rows) {
    if (rows == 1) return read_rate();
    const bool integer = c->format == LMK_W4 || c->format == LMK_W8;
    return multiply_rate(integer ? LMK_CEILING_INT8_DOT : LMK_CEILING_FP32);
}

/// One line: rate in GB/s of weights (M = 1) or in GOPS, the ceiling's rate, and the median of their ratios.
static void measure(const linear_case *c, uint64_t n, uint64_t k, uint32_t rows, float *x, float *y) {
    const size_t bytes = lmk_matrix_bytes(c->format, c->group, n, k), matrices = COLD_BYTES / bytes;
    lmk_matrix m = {.format = c->format, .group = c->group, .n = n, .k = k, .data = cold};
    lmk_testing_inputs *inputs = lmk_testing_encode(kernels, &m, x, k, rows, 0);
    if (inputs == NULL) abort();
    double rates[ROUNDS], ceilings[ROUNDS], ratios[ROUNDS];
    size_t matrix = 0;
    for (int round = 0; round < ROUNDS; ++round) {
        const double before = ceiling_rate(c, rows);
        const double start = now();
        double seconds;
        int calls = 0;
        do {
            m.data = cold + matrix * bytes;
            matrix = (matrix + 1) % matrices;
            lmk_testing_linear(kernels, &m, inputs, NULL, false, y, n);
            ++calls;
            seconds = now() - start;
        } while (seconds < sample_seconds);
        const double after = ceiling_rate(c, rows);
        const double work = rows == 1 ? (double)bytes : 2.0 * rows * (double)n * (double)k;
        rates[round] = work * calls / seconds;
        ceilings[round] = (before + after) / 2;
        ratios[round] = rates[round] / ceilings[round];
    }
    lmk_testing_free(inputs);
    const double ratio = median(ratios, ROUNDS), rate = median(rates, ROUNDS);
    const double ceiling = median(ceilings, ROUNDS);
    printf("%-9s %6llu x %-5llu M %4u  %8.1f %s  best %8.1f  ceiling %8.1f  ratio %.2f\n", c->name,
           (unsigned long long)n, (unsigned long long)k, rows, rate * 1e-9, rows == 1 ? "GB/s" : "GOPS",
           rates[ROUNDS - 1] * 1e-9, ceiling * 1e-9, ratio);
}

int main(int argc, char **argv) {
    static const linear_case cases[] = {
        {"w4 g32", LMK_W4, 32}, {"w4 g128", LMK_W4, 128}, {"w8 g32", LMK_W8, 32}, {"w8", LMK_W8, 0},
        {"bf16", LMK_BF16, 0},  {"fp16", LMK_FP16, 0},    {"fp32", LMK_FP32, 0},
    };
    static const uint64_t shapes[][2] = {{576, 576}, {3072, 576}, {576, 1536}, {2048, 2048}};
    static const uint32_t row_counts[] = {1, 2, 4, 8, 32, 128, 512};
    isa = lmk_isa_best();
    for (int i = 0; i < LMK_ISA_COUNT && argc > 1; ++i) {
        if (strcmp(argv[1], lmk_isa_name((lmk_isa)i)) == 0) isa = (lmk_isa)i;
    }
    kernels = lmk_kernels_for(isa);
    cold = aligned_alloc(4096, COLD_BYTES + LMK_PREFETCH_BYTES);
    float *x = malloc(sizeof(float) * 512 * 2048), *y = malloc(sizeof(float) * 512 * 3072);
    if (kernels == NULL || cold == NULL || x == NULL || y == NULL) return 1;
    // 0x30: nibbles 3 and 0, and every 16- or 32-bit float it makes up is an ordinary small number.
    memset(cold, 0x30, COLD_BYTES + LMK_PREFETCH_BYTES);
    for (size_t i = 0; i < 512 * 2048; ++i) x[i] = (float)((i * 2654435761u >> 8) % 2001) * 1e-3f - 1;
    printf("%s, one thread\n", lmk_isa_name(isa));
    for (size_t c = 0; c < sizeof cases / sizeof *cases; ++c) {
        if (argc > 2 && strcmp(argv[2], cases[c].name) != 0) continue;
        for (size_t s = 0; s < sizeof shapes / sizeof *shapes; ++s) {
            for (size_t r = 0; r < sizeof row_counts / sizeof *row_counts; ++r) {
                measure(&cases[c], shapes[s][0], shapes[s][1], row_counts[r], x, y);
            }
        }
    }
    free(cold);
    free(x);
    free(y);
    return 0;
}
