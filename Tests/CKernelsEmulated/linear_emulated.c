// Runs the AVX-512 linear kernels, emulated, against the portable ones. Every format but bf16 on the
// BF16 dot product must give the same bits; that one is compared with double precision. Rows must give
// the same bits whatever their number. Prints every mismatch; the exit status is 1 if there was one.
#include "common/convert.h"
#include "common/linear_kernels.h"
#include "include/lmk_testing.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

enum { MOST_ROWS = 33, MOST_COLUMNS = 70, MOST_INPUTS = 576 };

static const lmk_kernels portable = {
    .tile_rows = {4, 4, 4, 4, 4},
    .encoding = {LMK_ENCODE_FP32, LMK_ENCODE_FP32, LMK_ENCODE_FP32, LMK_ENCODE_INT8, LMK_ENCODE_INT8},
    .encode_row = {lmk_generic_encode_fp32, lmk_generic_encode_bf16, lmk_generic_encode_int8},
    .linear_panel = {lmk_generic_linear_fp32, lmk_generic_linear_fp16, lmk_generic_linear_bf16,
                     lmk_generic_linear_w8, lmk_generic_linear_w4},
};
static const lmk_kernels emulated = {
    .tile_rows = {8, 8, 8, 8, 8},
    .encoding = {LMK_ENCODE_FP32, LMK_ENCODE_FP32, LMK_ENCODE_FP32, LMK_ENCODE_INT8, LMK_ENCODE_INT8},
    .encode_row = {lmk_generic_encode_fp32, lmk_generic_encode_bf16, lmk_avx512_encode_int8},
    .linear_panel = {lmk_avx512_linear_fp32, lmk_avx512_linear_fp16, lmk_avx512_linear_bf16,
                     lmk_avx512_linear_w8, lmk_avx512_linear_w4},
};
static const lmk_kernels emulated_bf16 = {
    .tile_rows = {8, 8, 8, 8, 8},
    .encoding = {[LMK_BF16] = LMK_ENCODE_BF16},
    .encode_row = {lmk_generic_encode_fp32, lmk_generic_encode_bf16, lmk_avx512_encode_int8},
    .linear_panel = {[LMK_BF16] = lmk_avx512_linear_bf16_dot},
};

static int failures;

static uint64_t random_state = 1;
static uint64_t random_bits(void) {
    random_state ^= random_state << 13;
    random_state ^= random_state >> 7;
    return random_state ^= random_state << 17;
}
static float random_float(void) {
    return (float)(random_bits() >> 40) * 0x1p-23f - 1;
}

/// rows x n results on the heap; the caller frees them.
static float *multiply(const lmk_kernels *kernels, const lmk_matrix *m, const float *x, uint32_t rows) {
    lmk_testing_inputs *inputs = lmk_testing_encode(kernels, m, x, m->k, rows, 0);
    float *y = malloc(sizeof(float) * rows * m->n);
    if (inputs == NULL || y == NULL) abort();
    lmk_testing_linear(kernels, m, inputs, NULL, false, y, m->n);
    lmk_testing_free(inputs);
    return y;
}

/// Equal bits, or both NaN.
static void expect_equal(const char *what, const lmk_matrix *m, const float *got, const float *expected,
                         uint32_t rows) {
    for (size_t i = 0; i < rows * m->n; ++i) {
        if (memcmp(got + i, expected + i, sizeof *got) == 0) continue;
        if (isnan(got[i]) && isnan(expected[i])) continue;
        printf("%s: format %d group %u n %llu k %llu rows %u: [%zu] is %a, expected %a\n", what, m->format,
               m->group, (unsigned long long)m->n, (unsigned long long)m->k, rows, i, got[i], expected[i]);
        ++failures;
        return;
    }
}

/// Every row count gives the bits of the largest one.
static void expect_rows_agree(const lmk_kernels *kernels, const lmk_matrix *m, const float *x,
                              const float *all) {
    static const uint32_t counts[] = {1, 2, 3, 4, 5, 6, 7, 8, 9, 13};
    for (size_t i = 0; i < sizeof counts / sizeof *counts; ++i) {
        float *some = multiply(kernels, m, x, counts[i]);
        expect_equal("rows", m, some, all, counts[i]);
        free(some);
    }
}

/// A matrix of random weights in `storage`, quantised or rounded to the format.
static lmk_matrix random_matrix(lmk_format format, uint32_t group, uint64_t n, uint64_t k, uint8_t *storage) {
    static float weights[MOST_COLUMNS * MOST_INPUTS];
    lmk_matrix m = {.format = format, .group = group, .n = n, .k = k, .data = storage};
    memset(storage, 0, lmk_matrix_bytes(format, group, n, k));
    for (uint64_t i = 0; i < n * k; ++i) weights[i] = random_float() * 0.1f;
    if (format == LMK_W8 || format == LMK_W4) {
        lmk_pack_quantize(&m, storage, 0, n, weights);
    } else {
        lmk_pack_float(&m, storage, 0, n, weights);
    }
    return m;
}

static void check_bf16_dot(const lmk_matrix *m, const float *x) {
    static float weights[MOST_COLUMNS * MOST_INPUTS];
    // fp32 sums of up to 576 products whose order the instruction fixes.
    const double budget = 3e-6;
    float *all = multiply(&emulated_bf16, m, x, MOST_ROWS);
    lmk_unpack_rows(m, 0, m->n, weights);
    for (uint32_t r = 0; r < MOST_ROWS; ++r) {
        for (uint64_t c = 0; c < m->n; ++c) {
            double sum = 0, magnitude = 0;
            for (uint64_t k = 0; k < m->k; ++k) {
                double input = lmk_widen_bfloat16(lmk_narrow_to_bfloat16(x[r * m->k + k]));
                sum += input * weights[c * m->k + k];
                magnitude += fabs(input * weights[c * m->k + k]);
            }
            if (fabs(all[r * m->n + c] - sum) <= budget * magnitude) continue;
            printf("bf16 dot: n %llu k %llu: row %u column %llu is %g, expected %g\n",
                   (unsigned long long)m->n, (unsigned long long)m->k, r, (unsigned long long)c,
                   all[r * m->n + c], sum);
            ++failures;
        }
    }
    expect_rows_agree(&emulated_bf16, m, x, all);
    free(all);
}

static void check(lmk_format format, uint32_t group, uint64_t n, uint64_t k, uint8_t *storage) {
    static float x[MOST_ROWS * MOST_INPUTS];
    const lmk_matrix m = random_matrix(format, group, n, k, storage);
    for (uint64_t i = 0; i < MOST_ROWS * k; ++i) x[i] = random_float() * 2;
    if (format == LMK_BF16) check_bf16_dot(&m, x);
    // A row of zeros, one of vanishing values and one that is not finite are part of every batch.
    for (uint64_t i = 0; i < k; ++i) x[3 * k + i] = 0;
    for (uint64_t i = 0; i < k; ++i) x[5 * k + i] = 1e-38f;
    x[7 * k + k / 2] = INFINITY;
    float *expected = multiply(&portable, &m, x, MOST_ROWS), *got = multiply(&emulated, &m, x, MOST_ROWS);
    expect_equal("portable", &m, got, expected, MOST_ROWS);
    expect_rows_agree(&emulated, &m, x, got);
    free(expected);
    free(got);
}

int main(void) {
    static const struct {
        lmk_format format;
        uint32_t group;
        uint64_t k[7];
    } cases[] = {
        {LMK_FP32, 0, {1, 2, 31, 33, 70, 193, 576}},    {LMK_FP16, 0, {1, 2, 31, 33, 70, 193, 576}},
        {LMK_BF16, 0, {1, 2, 31, 33, 70, 193, 576}},    {LMK_W8, 0, {1, 3, 4, 31, 70, 193, 576}},
        {LMK_W8, 32, {32, 64, 96, 160, 224, 288, 576}}, {LMK_W8, 64, {32, 64, 96, 160, 224, 288, 576}},
        {LMK_W8, 128, {32, 64, 96, 160, 224, 288, 576}}, {LMK_W4, 32, {32, 64, 96, 160, 224, 288, 576}},
        {LMK_W4, 64, {32, 64, 96, 160, 224, 288, 576}}, {LMK_W4, 128, {32, 64, 96, 160, 224, 288, 576}},
    };
    static const uint64_t columns[] = {1, 32, 33, MOST_COLUMNS};
    uint8_t *storage = aligned_alloc(64, lmk_matrix_bytes(LMK_FP32, 0, MOST_COLUMNS, MOST_INPUTS));
    if (storage == NULL) abort();
    int checks = 0;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; ++i) {
        for (size_t n = 0; n < sizeof columns / sizeof *columns; ++n) {
            for (size_t k = 0; k < 7; ++k, ++checks) {
                check(cases[i].format, cases[i].group, columns[n], cases[i].k[k], storage);
            }
        }
    }
    free(storage);
    printf("emulated AVX-512 linear kernels: %d matrices, %d mismatches\n", checks, failures);
    return failures == 0 ? 0 : 1;
}
