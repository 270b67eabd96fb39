// Included by `<isa>/norm.c` after its `vector.h`.

LMK_VECTOR_BEGIN

/// Sum of squares in four times LMK_LANES partial sums, combined in one fixed tree.
static float sum_of_squares(const float *x, size_t n) {
    vfloat sums[4] = {{0}};
    size_t i = 0;
    for (; i + 4 * LMK_LANES <= n; i += 4 * LMK_LANES) {
        LMK_UNROLL for (int v = 0; v < 4; v++) {
            vfloat part = vload(x + i + v * LMK_LANES);
            sums[v] = vfma(part, part, sums[v]);
        }
    }
    for (int v = 0; i < n; i += LMK_LANES, v++) {
        vfloat part = n - i >= LMK_LANES ? vload(x + i) : vload_first(x + i, n - i);
        sums[v] = vfma(part, part, sums[v]);
    }
    return sum_of_lanes((sums[0] + sums[1]) + (sums[2] + sums[3]));
}

void LMK_ISA_NAME(rmsnorm)(float *out, const float *x, const float *weight, size_t n, float epsilon) {
    vfloat inverse = vsplat(1 / sqrtf(sum_of_squares(x, n) / (float)n + epsilon));
    size_t i = 0;
    for (; i + LMK_LANES <= n; i += LMK_LANES) vstore(out + i, vload(x + i) * inverse * vload(weight + i));
    if (i < n) {
        vfloat last = vload_first(x + i, n - i) * inverse * vload_first(weight + i, n - i);
        vstore_first(out + i, last, n - i);
    }
}

LMK_VECTOR_END
