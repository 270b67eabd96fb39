// Linear layers: the encoding of rows, and every format by every shape, number of rows and size of tiles. All
// give the bits of the portable kernels, but for bf16 on BF16 dot products, which is compared with double
// precision and with itself.
#include "common/convert.h"
#include "common/linear_layout.h"
#include "include/lmk_testing.h"
#include "twins.h"

#include <math.h>

enum { MOST_ROWS = 33, MOST_COLUMNS = 130, MOST_INPUTS = 320 };

typedef struct linear_case {
    lmk_matrix m;
    uint8_t *storage;
    float *x;         // [MOST_ROWS][k]
    float *bias;      // [n]
    float *expected;  // [MOST_ROWS][n]: the portable results, or those of all rows at once
} linear_case;

// MARK: Encoding

static void encode(const lmk_kernels *kernels, lmk_activations *a, const float *x) {
    for (uint32_t tile = 0; tile < a->tiles; tile++)
        for (uint32_t r = 0; r < lmk_tile_count(a, tile); r++)
            kernels->encode_row[a->encoding](a, tile, r, x + (lmk_tile_first(a, tile) + r) * a->k);
}

static void check_encoding(twin_part *part, const twin_set *set, lmk_encoding encoding, const lmk_matrix *m,
                           uint32_t rows, uint32_t tile_rows) {
    lmk_activations a[2];
    float *x = twin_row(rows * m->k, 4);
    for (uint64_t k = 0; k < m->k && rows > 1; k++) x[m->k + k] *= 1e-38f;
    if (rows > 2) x[2 * m->k + m->k / 2] = NAN;
    if (rows > 3) x[4 * m->k - 1] = -INFINITY;
    if (rows > 4) memset(x + 4 * m->k, 0, m->k * sizeof *x);
    for (int i = 0; i < 2; i++) {
        lmk_activations_shape(&a[i], encoding, m, rows, tile_rows);
        a[i].data = twin_memory(rows * a[i].row_bytes + 16);
        memset(a[i].data, 0x5A, rows * a[i].row_bytes + 16);
        a[i].scale = twin_row(rows * a[i].groups, 0);
        a[i].scaled_sum = twin_row(rows * a[i].groups, 0);
        encode(i == 0 ? set->kernels : &lmk_kernels_generic, &a[i], x);
    }
    const size_t values = rows * a[0].groups;
    twin_equal_bytes(part, a[0].data, a[1].data, rows * a[0].row_bytes + 16, "codes", m->k);
    twin_equal_floats(part, a[0].scale, a[1].scale, values + 1, "scales", m->k);
    twin_equal_floats(part, a[0].scaled_sum, a[1].scaled_sum, values + 1, "sums", m->k);
    twin_print_bytes(part, a[0].data, rows * a[0].row_bytes);
    twin_print_floats(part, a[0].scale, values);
    twin_print_floats(part, a[0].scaled_sum, values);
    for (int i = 0; i < 2; i++) free(a[i].data), free(a[i].scale), free(a[i].scaled_sum);
    free(x);
}

static void check_encodings(const twin_set *set) {
    static const uint64_t inputs[] = {1, 2, 3, 4, 5, 15, 16, 17, 31, 33, 70, 193};
    static const uint32_t rows[] = {1, 2, 5, 8, 13};
    twin_part part = twin_begin(set, "encode");
    for (size_t r = 0; r < sizeof rows / sizeof *rows; r++)
        for (uint32_t tile = 1; tile <= 8; tile = tile * 2 + 1) {
            for (size_t i = 0; i < sizeof inputs / sizeof *inputs; i++)
                for (int encoding = 0; encoding < 3; encoding++) {
                    const lmk_matrix m = {.format = LMK_W8, .n = 1, .k = inputs[i]};
                    check_encoding(&part, set, (lmk_encoding)encoding, &m, rows[r], tile);
                }
            for (uint32_t group = 32; group <= 128; group *= 2) {
                const lmk_matrix m = {.format = LMK_W4, .group = group, .n = 1, .k = 224};
                check_encoding(&part, set, LMK_ENCODE_INT8, &m, rows[r], tile);
            }
        }
    twin_end(&part);
}

// MARK: Multiplication

/// Rows of results, `padding` floats apart, on the heap. They start as the row's number, for `accumulate`.
static float *multiply(const lmk_kernels *kernels, const linear_case *c, uint32_t rows, uint32_t tile_rows,
                       bool epilogue, size_t padding) {
    const size_t stride = c->m.n + padding;
    lmk_testing_inputs *inputs = lmk_testing_encode(kernels, &c->m, c->x, c->m.k, rows, tile_rows);
    float *y = twin_memory(sizeof(float) * rows * stride);
    if (inputs == NULL) abort();
    for (size_t i = 0; i < rows * stride; i++) y[i] = (float)(i / stride);
    lmk_testing_linear(kernels, &c->m, inputs, epilogue ? c->bias : NULL, epilogue, y, stride);
    lmk_testing_free(inputs);
    return y;
}

static linear_case make_case(lmk_format format, uint32_t group, uint64_t n, uint64_t k) {
    linear_case c = {.m = {.format = format, .group = group, .n = n, .k = k}};
    c.storage = twin_memory(lmk_matrix_bytes(format, group, n, k));
    c.m.data = c.storage;
    memset(c.storage, 0, lmk_matrix_bytes(format, group, n, k));
    float *weights = twin_row(n * k, 0.1f);
    if (lmk_format_is_float(format))
        lmk_pack_float(&c.m, c.storage, 0, n, weights);
    else
        lmk_pack_quantize(&c.m, c.storage, 0, n, weights);
    free(weights);
    c.x = twin_row(MOST_ROWS * k, 2);
    c.bias = twin_row(n, 1);
    return c;
}

static void free_case(linear_case *c) {
    free(c->storage), free(c->x), free(c->bias), free(c->expected);
}

/// A row of zeros, one of vanishing values and one that is not finite are part of every batch.
static void make_difficult(linear_case *c) {
    const uint64_t k = c->m.k;
    for (uint64_t i = 0; i < k; i++) c->x[3 * k + i] = 0;
    for (uint64_t i = 0; i < k; i++) c->x[5 * k + i] = 1e-38f;
    c->x[7 * k + k / 2] = INFINITY;
}

/// Any number of rows and any tiles give the bits of `expected`.
static void check_rows(twin_part *part, const twin_set *set, const linear_case *c) {
    const uint32_t most_in_tile = lmk_testing_tile_rows(set->kernels, c->m.format);
    for (uint32_t rows = 1; rows <= MOST_ROWS; rows = rows == 13 ? 32 : rows + 1) {
        // Few rows and all rows in tiles of any size, the others in the kernels' own.
        const bool any_tile = rows <= 3 || rows == 13 || (rows == 33 && c->m.n == 33);
        for (uint32_t tile = any_tile ? 1 : most_in_tile; tile <= most_in_tile; tile++) {
            float *some = multiply(set->kernels, c, rows, tile, false, 0);
            twin_equal_floats(part, some, c->expected, rows * c->m.n, "rows", rows);
            if (tile == most_in_tile) twin_print_floats(part, some, rows * c->m.n);
            free(some);
        }
    }
}

/// Bias, and results on top of what is there; what lies between rows stays.
static void check_epilogue(twin_part *part, const twin_set *set, const linear_case *c) {
    const size_t padding = 5;
    float *expected = multiply(&lmk_kernels_generic, c, 3, 0, true, padding);
    float *got = multiply(set->kernels, c, 3, 0, true, padding);
    twin_equal_floats(part, got, expected, 3 * (c->m.n + padding), "bias and residual", c->m.n);
    twin_print_floats(part, got, 3 * (c->m.n + padding));
    free(expected), free(got);
}

/// bf16 on BF16 dot products against double precision.
static void check_bf16_dot(twin_part *part, const linear_case *c) {
    // fp32 sums of up to 320 products whose order the instruction fixes.
    const double budget = 3e-6;
    float *weights = twin_row(c->m.n * c->m.k, 0);
    lmk_unpack_rows(&c->m, 0, c->m.n, weights);
    part->cases++;
    for (uint32_t r = 0; r < MOST_ROWS; r++)
        for (uint64_t column = 0; column < c->m.n; column++) {
            double sum = 0, magnitude = 0;
            for (uint64_t k = 0; k < c->m.k; k++) {
                const double input = lmk_widen_bfloat16(lmk_narrow_to_bfloat16(c->x[r * c->m.k + k]));
                sum += input * weights[column * c->m.k + k];
                magnitude += fabs(input * weights[column * c->m.k + k]);
            }
            const double error = fabs(c->expected[r * c->m.n + column] - sum);
            twin_require(part, error <= budget * magnitude, "bf16 dot product", c->m.k);
        }
    free(weights);
}

static void check_shape(twin_part *part, const twin_set *set, lmk_format format, uint32_t group, uint64_t n,
                        uint64_t k) {
    linear_case c = make_case(format, group, n, k);
    if (format == LMK_BF16 && set->bf16_dot) {
        c.expected = multiply(set->kernels, &c, MOST_ROWS, 0, false, 0);
        check_bf16_dot(part, &c);
    } else {
        make_difficult(&c);
        c.expected = multiply(&lmk_kernels_generic, &c, MOST_ROWS, 0, false, 0);
        check_epilogue(part, set, &c);
    }
    check_rows(part, set, &c);
    free_case(&c);
}

/// Products as large as they get, over the longest k of a per-channel matrix.
static void check_extremes(const twin_set *set) {
    twin_part part = twin_begin(set, "w8 extremes");
    const uint64_t k = LMK_W8_CHANNEL_K_MAXIMUM;
    linear_case c = make_case(LMK_W8, 0, 1, k);
    int8_t *q = twin_memory(k);
    const float scale = 0.5f;
    memset(q, -128, k);
    lmk_pack_w8(&c.m, c.storage, 0, 1, q, &scale);
    for (uint64_t i = 0; i < 3 * k; i++) c.x[i] = i < k ? 3 : i < 2 * k ? -3 : i % 3 == 0 ? 3 : -1;
    c.expected = multiply(&lmk_kernels_generic, &c, 3, 0, false, 0);
    for (uint32_t rows = 1; rows <= 3; rows++) {
        float *got = multiply(set->kernels, &c, rows, 0, false, 0);
        twin_equal_floats(&part, got, c.expected, rows, "rows", rows);
        twin_print_floats(&part, got, rows);
        free(got);
    }
    // -128 * 127 * 2^17, the step of 3 is 3 / 127.
    twin_require(&part, fabsf(c.expected[0] / (-64.0f * 3 * (float)k) - 1) < 1e-6f, "sum", k);
    free(q);
    free_case(&c);
    twin_end(&part);
}

void twins_linear(const twin_set *set) {
    static const struct {
        const char *name;
        lmk_format format;
        uint32_t group;
        uint64_t inputs[5];
    } kinds[] = {
        {"fp32", LMK_FP32, 0, {1, 2, 33, 70, 193}},      {"fp16", LMK_FP16, 0, {1, 2, 33, 70, 193}},
        {"bf16", LMK_BF16, 0, {1, 2, 33, 70, 193}},      {"w8 channel", LMK_W8, 0, {1, 4, 31, 133, 301}},
        {"w8 g32", LMK_W8, 32, {32, 64, 96, 224, 320}},  {"w8 g64", LMK_W8, 64, {32, 64, 96, 224, 320}},
        {"w8 g128", LMK_W8, 128, {32, 64, 128, 160, 320}}, {"w4 g32", LMK_W4, 32, {32, 64, 96, 224, 320}},
        {"w4 g64", LMK_W4, 64, {32, 64, 96, 224, 320}},  {"w4 g128", LMK_W4, 128, {32, 64, 128, 160, 320}},
    };
    static const uint64_t columns[] = {1, 33, 70, MOST_COLUMNS};
    check_encodings(set);
    for (size_t kind = 0; kind < sizeof kinds / sizeof *kinds; kind++) {
        twin_part part = twin_begin(set, kinds[kind].name);
        for (size_t n = 0; n < sizeof columns / sizeof *columns; n++)
            for (size_t k = 0; k < 5; k++)
                // The largest shapes of all take long and show nothing that the others do not.
                if (columns[n] * kinds[kind].inputs[k] < 70 * 200 || columns[n] <= 33)
                    check_shape(&part, set, kinds[kind].format, kinds[kind].group, columns[n],
                                kinds[kind].inputs[k]);
        twin_end(&part);
    }
    check_extremes(set);
}
