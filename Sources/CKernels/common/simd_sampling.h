// Included by `<isa>/sampling.c` after its `vector.h`.

LMK_VECTOR_BEGIN

typedef float vfloat_half __attribute__((vector_size(LMK_LANES * 2)));
typedef double vdouble __attribute__((vector_size(LMK_LANES * 4)));
typedef uint64_t vulong __attribute__((vector_size(LMK_LANES * 4)));

/// The elements from `i` on, at most a vector of them and NaN behind, which counts as nothing here.
LMK_INLINE vfloat load_rest(const float *x, size_t i, size_t n) {
    if (n - i >= LMK_LANES) return vload(x + i);
    return vselect(vfirst_lanes(n - i), vload_first(x + i, n - i), vsplat(NAN));
}

/// The largest number of `n` values, -infinity when there is none.
LMK_INLINE float largest_number(const float *x, size_t n) {
    vfloat best[4];
    LMK_UNROLL for (int v = 0; v < 4; v++) best[v] = vsplat(-INFINITY);
    size_t i = 0;
    for (; i + 4 * LMK_LANES <= n; i += 4 * LMK_LANES)
        LMK_UNROLL for (int v = 0; v < 4; v++) best[v] = vlarger(vload(x + i + v * LMK_LANES), best[v]);
    for (; i < n; i += LMK_LANES) best[0] = vlarger(load_rest(x, i, n), best[0]);
    return largest_lane(vlarger(vlarger(best[0], best[1]), vlarger(best[2], best[3])));
}

/// The first index from `i` on whose value is `value`; 0 when there is none.
LMK_INLINE size_t first_equal(const float *x, size_t i, size_t n, float value) {
    for (; i < n; i += LMK_LANES)
        if (vany(load_rest(x, i, n) == value)) break;
    for (; i < n; i++)
        if (x[i] == value) return i;
    return 0;
}

LMK_INLINE size_t block_length(size_t start, size_t n) {
    return n - start < LMK_WEIGHTS_BLOCK ? n - start : LMK_WEIGHTS_BLOCK;
}

size_t LMK_ISA_NAME(argmax)(const float *x, size_t n) {
    float best = -INFINITY;
    size_t best_start = 0;
    for (size_t start = 0; start < n; start += LMK_WEIGHTS_BLOCK) {
        float largest = largest_number(x + start, block_length(start, n));
        if (largest > best) best = largest, best_start = start;
    }
    return first_equal(x, best_start, n, best);
}

/// e^((x - maximum) * inverse_temperature) within 2 units in the last place of that product's power, for
/// x <= maximum. What is below e^-60, and NaN, becomes e^-60: no weight, and lost in every sum that has a 1.
LMK_INLINE vfloat power_of(vfloat x, float maximum, float inverse_temperature) {
    // log2(e) in two parts, so that its product with y is exact enough to take the integer part away.
    const float log2_e = 1.44269502f, log2_e_rest = 1.92596303e-8f;
    vfloat y = vlarger((x - maximum) * inverse_temperature, vsplat(-60));
    vfloat shifted = vfma(y, vsplat(log2_e), vsplat(lmk_round_magic));
    vfloat fraction = vfma(y, vsplat(log2_e), lmk_round_magic - shifted);
    return scaled_power((vuint)shifted, vfma(y, vsplat(log2_e_rest), fraction));
}

LMK_INLINE double sum_of_powers(const float *x, size_t n, float maximum) {
    vfloat sums[4] = {{0}};
    size_t i = 0;
    for (; i + 4 * LMK_LANES <= n; i += 4 * LMK_LANES)
        LMK_UNROLL for (int v = 0; v < 4; v++) sums[v] += power_of(vload(x + i + v * LMK_LANES), maximum, 1);
    for (; i < n; i += LMK_LANES) sums[0] += power_of(load_rest(x, i, n), maximum, 1);
    return sum_of_lanes((sums[0] + sums[1]) + (sums[2] + sums[3]));
}

lmk_softmax LMK_ISA_NAME(softmax_scan)(const float *x, size_t n) {
    float maximum = -INFINITY;
    size_t best_start = 0;
    double sum = 0;
    for (size_t start = 0; start < n; start += LMK_WEIGHTS_BLOCK) {
        // The block is in the first-level cache when its powers are added up.
        size_t length = block_length(start, n);
        float largest = largest_number(x + start, length);
        if (largest == -INFINITY) continue;
        if (largest > maximum) {
            sum *= power_of(vsplat(maximum), largest, 1)[0];
            maximum = largest, best_start = start;
        }
        sum += sum_of_powers(x + start, length, maximum);
    }
    return (lmk_softmax){first_equal(x, best_start, n, maximum), maximum, sum};
}

void LMK_ISA_NAME(copy_allowed)(float *out, const float *x, size_t n, const uint64_t *allowed) {
    static const int32_t bits[16] = {1,      1 << 1, 1 << 2,  1 << 3,  1 << 4,  1 << 5,  1 << 6,  1 << 7,
                                     1 << 8, 1 << 9, 1 << 10, 1 << 11, 1 << 12, 1 << 13, 1 << 14, 1 << 15};
    vint lane_bit;
    memcpy(&lane_bit, bits, sizeof lane_bit);
    for (size_t i = 0; i < n; i += LMK_LANES) {
        vint is_allowed = ((int32_t)(allowed[i / 64] >> i % 64) & lane_bit) == lane_bit;
        if (n - i >= LMK_LANES)
            vstore(out + i, vselect(is_allowed, vload(x + i), vsplat(-INFINITY)));
        else
            vstore_first(out + i, vselect(is_allowed, load_rest(x, i, n), vsplat(-INFINITY)), n - i);
    }
}

void LMK_ISA_NAME(block_maxima)(const float *x, size_t n, float *maxima) {
    for (size_t start = 0; start < n; start += LMK_MAXIMA_BLOCK)
        *maxima++ = largest_number(x + start, n - start < LMK_MAXIMA_BLOCK ? n - start : LMK_MAXIMA_BLOCK);
}

size_t LMK_ISA_NAME(at_least)(const float *x, size_t n, const float *maxima, float bound,
                              uint64_t *candidates) {
    size_t count = 0;
    for (size_t start = 0; start < n; start += LMK_MAXIMA_BLOCK) {
        if (!(*maxima++ >= bound)) continue;
        size_t end = n - start < LMK_MAXIMA_BLOCK ? n : start + LMK_MAXIMA_BLOCK;
        for (size_t i = start; i < end; i += LMK_LANES) {
            if (!vany(load_rest(x, i, end) >= bound)) continue;
            for (size_t lane = i; lane < end && lane < i + LMK_LANES; lane++) {
                candidates[count] = lmk_candidate(x[lane], lane);
                count += x[lane] >= bound;
            }
        }
    }
    return count;
}

/// The bits of a double between 2^52 and 2^53 are those of 2^52 plus the integer that it is ahead of it.
#define LMK_BITS_OF_2_52 UINT64_C(0x4330000000000000)

/// Powers in units of 2^-LMK_WEIGHT_BITS, rounded to integers, plus LMK_BITS_OF_2_52.
LMK_INLINE vulong shifted_weights(vfloat_half powers) {
    const vdouble zero = {0};
    const vdouble scale = (double)(UINT64_C(1) << LMK_WEIGHT_BITS) - zero;
    return (vulong)__builtin_elementwise_fma(__builtin_convertvector(powers, vdouble), scale, 0x1p52 - zero);
}

LMK_INLINE void store_weights(uint64_t weights[LMK_LANES], vfloat powers) {
    vfloat_half halves[2];
    memcpy(halves, &powers, sizeof halves);
    vulong low = shifted_weights(halves[0]) - LMK_BITS_OF_2_52;
    vulong high = shifted_weights(halves[1]) - LMK_BITS_OF_2_52;
    memcpy(weights, &low, sizeof low);
    memcpy(weights + LMK_LANES / 2, &high, sizeof high);
}

void LMK_ISA_NAME(weights)(const float *x, size_t n, float maximum, float inverse_temperature,
                           uint64_t *weights) {
    for (size_t i = 0; i < n; i += LMK_LANES) {
        uint64_t lanes[LMK_LANES];
        store_weights(lanes, power_of(load_rest(x, i, n), maximum, inverse_temperature));
        memcpy(weights + i, lanes, (n - i < LMK_LANES ? n - i : LMK_LANES) * sizeof *lanes);
    }
}

/// Both halves' weights, plus 2 * LMK_BITS_OF_2_52.
LMK_INLINE vulong shifted_halves(vfloat powers) {
    vfloat_half halves[2];
    memcpy(halves, &powers, sizeof halves);
    return shifted_weights(halves[0]) + shifted_weights(halves[1]);
}

LMK_INLINE uint64_t sum_of_weights(const float *x, size_t n, float maximum, float inverse_temperature) {
    vulong sums[2] = {{0}};
    size_t i = 0;
    for (; i + 2 * LMK_LANES <= n; i += 2 * LMK_LANES)
        LMK_UNROLL for (int v = 0; v < 2; v++) sums[v] +=
            shifted_halves(power_of(vload(x + i + v * LMK_LANES), maximum, inverse_temperature));
    for (; i < n; i += LMK_LANES)
        sums[0] += shifted_halves(power_of(load_rest(x, i, n), maximum, inverse_temperature));
    // `i` is the number of lanes added up; arithmetic modulo 2^64 takes all their 2^52 away at once.
    return __builtin_reduce_add(sums[0] + sums[1]) - i * LMK_BITS_OF_2_52;
}

void LMK_ISA_NAME(weight_sums)(const float *x, size_t n, float maximum, float inverse_temperature,
                               uint64_t *sums) {
    for (size_t start = 0; start < n; start += LMK_WEIGHTS_BLOCK)
        *sums++ = sum_of_weights(x + start, block_length(start, n), maximum, inverse_temperature);
}

LMK_VECTOR_END
