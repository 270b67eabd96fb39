// Kernels over rows of numbers, and the machine's ceilings.
#include "common/vector_kernels.h"
#include "twins.h"

#include <math.h>

static void check_canary(twin_part *part, const float *out, const float *before, size_t n, const char *what) {
    twin_require(part, memcmp(out + n, before, sizeof *before) == 0, what, n);
}

static void check_norm(twin_part *part, const lmk_kernels *kernels, size_t n) {
    float *x = twin_row(n, 20), *weight = twin_row(n, 2), *expected = twin_row(n, 1), *out = twin_row(n, 1);
    const float canary = out[n];
    lmk_generic_rmsnorm(expected, x, weight, n, 1e-5f);
    kernels->rmsnorm(out, x, weight, n, 1e-5f);
    // A sum of squares in fp32 partial sums, a square root, two products.
    twin_close_floats(part, out, expected, n, 1e-9f, 2e-6f, "rmsnorm", n);
    twin_print_floats(part, out, n);
    check_canary(part, out, &canary, n, "behind rmsnorm");
    kernels->rmsnorm(x, x, weight, n, 1e-5f);
    twin_equal_floats(part, x, out, n, "rmsnorm in place", n);
    free(x), free(weight), free(expected), free(out);
}

static void check_silu_mul(twin_part *part, const lmk_kernels *kernels, size_t n) {
    float *gate = twin_row(n, 30), *up = twin_row(n, 2), *expected = twin_row(n, 1), *out = twin_row(n, 1);
    const float canary = out[n];
    static const float special[] = {0, -0.0f, 100, -100, INFINITY, -INFINITY, NAN, 1e-30f};
    for (size_t i = 0; i < n && i < 8; i++) gate[(i * 7) % n] = special[i];
    lmk_generic_silu_mul(expected, gate, up, n);
    kernels->silu_mul(out, gate, up, n);
    twin_print_floats(part, out, n);
    for (size_t i = 0; i < n; i++)
        // The vector power is 0 below e^-87.
        if (gate[i] < -80) expected[i] = out[i] = fabsf(out[i]) < 1e-30f || isnan(out[i]) ? 0 : out[i];
    twin_close_floats(part, out, expected, n, 1e-30f, 1e-6f, "silu_mul", n);
    check_canary(part, out, &canary, n, "behind silu_mul");
    free(gate), free(up), free(expected), free(out);
}

static void check_rope(twin_part *part, const lmk_kernels *kernels, size_t n) {
    float *x = twin_row(n, 20), *expected = twin_row(n, 0), *sines = twin_row(n, 1),
          *cosines = twin_row(n, 0);
    for (size_t i = 0; i < n; i++) cosines[i] = sqrtf(1 - sines[i] * sines[i]);
    memcpy(expected, x, (n + 1) * sizeof *x);
    lmk_generic_rope(expected, cosines, sines, (uint32_t)(n / 2 * 2));
    kernels->rope(x, cosines, sines, (uint32_t)(n / 2 * 2));
    // Differences of products of 20: absolute, not relative to a small result.
    twin_close_floats(part, x, expected, n + 1, 1e-5f, 0, "rope", n);
    twin_print_floats(part, x, n);
    free(x), free(expected), free(sines), free(cosines);
}

static void check_ceilings(const twin_set *set) {
    twin_part part = twin_begin(set, "ceilings");
    uint64_t words[3 * 256 / 8];
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) words[i] = twin_bits();
    const uint64_t expected = lmk_ceiling_read(LMK_ISA_GENERIC, words, sizeof words);
    const uint64_t got = lmk_ceiling_read(set->kernels->isa, words, sizeof words);
    twin_equal_bytes(&part, &got, &expected, sizeof got, "read", sizeof words);
    twin_print_bytes(&part, &got, sizeof got);
    for (int what = 0; what <= LMK_CEILING_INT16_DOT; what++) {
        const double operations = lmk_ceiling_run(set->kernels->isa, (lmk_ceiling)what, 3);
        const bool has_bf16 = set->kernels->isa == lmk_isa_best() && lmk_cpu_has_bf16();
        const bool exists = what != LMK_CEILING_BF16_DOT || has_bf16;
        twin_require(&part, exists ? operations > 0 : operations == 0, "operations", (uint64_t)what);
    }
    twin_end(&part);
}

void twins_rows(const twin_set *set) {
    static void (*const checks[])(twin_part *, const lmk_kernels *, size_t) = {check_norm, check_silu_mul,
                                                                                 check_rope};
    static const char *const names[] = {"rmsnorm", "silu_mul", "rope"};
    for (int i = 0; i < 3; i++) {
        twin_part part = twin_begin(set, names[i]);
        for (size_t n = 1; n <= 70; n++) checks[i](&part, set->kernels, n);
        checks[i](&part, set->kernels, 576);
        checks[i](&part, set->kernels, 4099);
        twin_end(&part);
    }
    // What is emulated has no rate of its own.
    if (lmk_isa_supported(set->kernels->isa)) check_ceilings(set);
}
