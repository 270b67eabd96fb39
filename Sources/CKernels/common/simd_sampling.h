// Included by `<isa>/sampling.c` after its `vector.h`.

LMK_VECTOR_BEGIN

size_t LMK_ISA_NAME(argmax)(const float *x, size_t n) {
    vfloat best[4];
    LMK_UNROLL for (int v = 0; v < 4; v++) best[v] = vsplat(-INFINITY);
    size_t i = 0;
    for (; i + 4 * LMK_LANES <= n; i += 4 * LMK_LANES)
        LMK_UNROLL for (int v = 0; v < 4; v++) best[v] = vlarger(vload(x + i + v * LMK_LANES), best[v]);
    float largest = largest_lane(vlarger(vlarger(best[0], best[1]), vlarger(best[2], best[3])));
    for (; i < n; i++) largest = x[i] > largest ? x[i] : largest;

    for (i = 0; i + LMK_LANES <= n; i += LMK_LANES)
        if (vany(vload(x + i) == largest)) break;
    for (; i < n; i++)
        if (x[i] == largest) return i;
    return 0;
}

size_t LMK_ISA_NAME(top_k)(const float *x, size_t n, size_t k, int32_t *indices, float *values) {
    lmk_top_k_heap heap = lmk_top_k_start(x, n, k, indices, values);
    if (heap.size == 0) return 0;
    size_t i = heap.size;
    for (; i + LMK_LANES <= n; i += LMK_LANES) {
        // "Not at most the root" also catches NaN on either side; the heap decides exactly.
        if (!vany(~(vload(x + i) <= values[0]))) continue;
        for (size_t lane = i; lane < i + LMK_LANES; lane++) lmk_top_k_offer(&heap, x[lane], (int32_t)lane);
    }
    for (; i < n; i++) lmk_top_k_offer(&heap, x[i], (int32_t)i);
    lmk_top_k_finish(&heap);
    return heap.size;
}

float LMK_ISA_NAME(sum_exp)(const float *x, size_t n, float maximum, float inverse_temperature) {
    vfloat sums[2] = {{0}};
    size_t i = 0;
    for (; i + 2 * LMK_LANES <= n; i += 2 * LMK_LANES)
        LMK_UNROLL for (int v = 0; v < 2; v++) {
            vfloat part = vload(x + i + v * LMK_LANES);
            sums[v] = sums[v] + vexp((part - maximum) * inverse_temperature);
        }
    for (int v = 0; i < n; i += LMK_LANES, v++) {
        size_t count = n - i < LMK_LANES ? n - i : LMK_LANES;
        vfloat part = count == LMK_LANES ? vload(x + i) : vload_first(x + i, count);
        vfloat power = vexp((part - maximum) * inverse_temperature);
        sums[v] = sums[v] + vselect(vfirst_lanes(count), power, vsplat(0));
    }
    return sum_of_lanes(sums[0] + sums[1]);
}

LMK_VECTOR_END
