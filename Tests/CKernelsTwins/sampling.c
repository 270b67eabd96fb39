// Kernels that read a row of logits, for rows of all kinds of numbers.
#include "common/vector_kernels.h"
#include "twins.h"

#include <math.h>

typedef struct sampling_parts {
    twin_part maximum, softmax, copies, candidates, weights;
} sampling_parts;

static void check_maximum(sampling_parts *parts, const lmk_kernels *kernels, const float *x, size_t n) {
    const uint64_t expected = lmk_generic_argmax(x, n), got = kernels->argmax(x, n);
    twin_equal_bytes(&parts->maximum, &got, &expected, sizeof got, "argmax", n);
    twin_print_bytes(&parts->maximum, &got, sizeof got);
    const lmk_softmax a = lmk_generic_softmax_scan(x, n), b = kernels->softmax_scan(x, n);
    twin_require(&parts->softmax, a.argmax == b.argmax, "argmax", n);
    twin_equal_floats(&parts->softmax, &b.maximum, &a.maximum, 1, "maximum", n);
    // An infinite maximum has no sum.
    if (isfinite(a.maximum))
        twin_require(&parts->softmax, fabs(a.sum - b.sum) <= 2e-6 * a.sum, "sum", n);
    twin_print_bytes(&parts->softmax, &b.sum, sizeof b.sum);
}

static void check_copies(sampling_parts *parts, const lmk_kernels *kernels, const float *x, size_t n) {
    float *expected = twin_row(n, 0), *out = twin_row(n, 0);
    uint64_t *allowed = twin_memory((n / 64 + 1) * sizeof *allowed);
    for (size_t i = 0; i <= n / 64; i++) allowed[i] = i % 3 == 2 ? UINT64_MAX : twin_bits();
    lmk_generic_copy_allowed(expected, x, n, allowed);
    kernels->copy_allowed(out, x, n, allowed);
    twin_equal_floats(&parts->copies, out, expected, n + 1, "copy_allowed", n);
    twin_print_floats(&parts->copies, out, n);
    free(expected), free(out), free(allowed);
}

static void check_candidates(sampling_parts *parts, const lmk_kernels *kernels, const float *x, size_t n) {
    const size_t blocks = (n + LMK_MAXIMA_BLOCK - 1) / LMK_MAXIMA_BLOCK;
    float *expected = twin_row(blocks, 0), *maxima = twin_row(blocks, 0);
    lmk_generic_block_maxima(x, n, expected);
    kernels->block_maxima(x, n, maxima);
    twin_equal_floats(&parts->candidates, maxima, expected, blocks + 1, "block_maxima", n);
    uint64_t *a = twin_memory(n * sizeof *a), *b = twin_memory(n * sizeof *b);
    for (float bound = -10; bound < 20; bound += 4) {
        const size_t count = lmk_generic_at_least(x, n, expected, bound, a);
        const bool same = kernels->at_least(x, n, maxima, bound, b) == count;
        twin_require(&parts->candidates, same, "at_least count", n);
        twin_equal_bytes(&parts->candidates, b, a, same ? count * sizeof *a : 0, "at_least", n);
        twin_print_bytes(&parts->candidates, a, count * sizeof *a);
    }
    free(expected), free(maxima), free(a), free(b);
}

static void check_weights(sampling_parts *parts, const lmk_kernels *kernels, const float *x, size_t n) {
    const size_t blocks = (n + LMK_WEIGHTS_BLOCK - 1) / LMK_WEIGHTS_BLOCK;
    uint64_t *a = twin_memory(n * sizeof *a), *b = twin_memory(n * sizeof *b);
    uint64_t *sums = twin_memory(blocks * sizeof *sums);
    lmk_generic_weights(x, n, 20, 0.7f, a);
    kernels->weights(x, n, 20, 0.7f, b);
    kernels->weight_sums(x, n, 20, 0.7f, sums);
    twin_print_bytes(&parts->weights, b, n * sizeof *b);
    parts->weights.cases++;
    for (size_t i = 0; i < n; i++) {
        // Two units in the last place of a power, and the rounding to an integer.
        const double distance = fabs((double)a[i] - (double)b[i]);
        twin_require(&parts->weights, distance <= 3e-7 * (double)a[i] + 1, "weight", n);
        sums[i / LMK_WEIGHTS_BLOCK] -= b[i];
    }
    for (size_t block = 0; block < blocks; block++)
        twin_require(&parts->weights, sums[block] == 0, "weight_sums", n);
    free(a), free(b), free(sums);
}

/// All kernels, for a row whose values are not above 20.
static void check_row(sampling_parts *parts, const lmk_kernels *kernels, const float *x, size_t n) {
    check_maximum(parts, kernels, x, n);
    check_copies(parts, kernels, x, n);
    check_candidates(parts, kernels, x, n);
    check_weights(parts, kernels, x, n);
}

static void check_length(sampling_parts *parts, const lmk_kernels *kernels, size_t n) {
    float *x = twin_row(n, 20);
    check_row(parts, kernels, x, n);
    for (size_t i = 0; i < n; i++) x[i] = (float)(int)(x[i] / 8);  // many ties
    check_row(parts, kernels, x, n);
    for (size_t i = 0; i < n; i += 3) x[i] = twin_bits() % 2 == 0 ? NAN : -INFINITY;
    check_row(parts, kernels, x, n);
    for (size_t i = 0; i < n; i++) x[i] = NAN;
    check_row(parts, kernels, x, n);
    for (size_t i = 0; i < n; i++) x[i] = -INFINITY;
    check_maximum(parts, kernels, x, n);
    x[n / 2] = INFINITY;
    check_maximum(parts, kernels, x, n);
    check_candidates(parts, kernels, x, n);
    free(x);
}

void twins_sampling(const twin_set *set) {
    sampling_parts parts = {
        .maximum = twin_begin(set, "argmax"),
        .softmax = twin_begin(set, "softmax_scan"),
        .copies = twin_begin(set, "copy_allowed"),
        .candidates = twin_begin(set, "candidates"),
        .weights = twin_begin(set, "weights"),
    };
    static const size_t lengths[] = {127, 128, 129, 1023, 1025, 4099};
    for (size_t n = 1; n <= 70; n++) check_length(&parts, set->kernels, n);
    for (size_t i = 0; i < sizeof lengths / sizeof *lengths; i++)
        check_length(&parts, set->kernels, lengths[i]);
    const twin_part *all[] = {&parts.maximum, &parts.softmax, &parts.copies, &parts.candidates,
                              &parts.weights};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) twin_end(all[i]);
}
