// The loops of `common/groups.h` that do not vectorise by themselves, or not well.
#ifndef LMK_NEON_GROUPS_H
#define LMK_NEON_GROUPS_H

LMK_GROUPS_INLINE uint16_t lmk_groups_narrow(float value) {
    const _Float16 half = (_Float16)value;
    uint16_t bits;
    memcpy(&bits, &half, sizeof bits);
    return bits;
}

LMK_GROUPS_INLINE float lmk_groups_widen(uint16_t bits) {
    _Float16 half;
    memcpy(&half, &bits, sizeof half);
    return (float)half;
}

/// One kind of extreme of 16 parts of 16 values: four rounds of neighbours, which keep the parts in order.
#define LMK_GROUPS_EXTREME(name, pairwise)                                                                   \
    LMK_GROUPS_INLINE int8x16_t name(int8x16_t values[16]) {                                                 \
        for (uint32_t count = 8; count > 0; count /= 2)                                                      \
            for (uint32_t v = 0; v < count; ++v) values[v] = pairwise(values[2 * v], values[2 * v + 1]);     \
        return values[0];                                                                                    \
    }
LMK_GROUPS_EXTREME(lmk_groups_least, vpminq_s8)
LMK_GROUPS_EXTREME(lmk_groups_largest, vpmaxq_s8)
#undef LMK_GROUPS_EXTREME

/// The least and the largest of each part's n values.
LMK_GROUPS_INLINE void lmk_groups_extremes(const int8_t *q, uint32_t n, uint32_t parts, int8_t *low,
                                           int8_t *high) {
    enum { PARTS = 16 };
    uint32_t done = 0;
    for (; done + PARTS <= parts; done += PARTS) {
        int8x16_t least[PARTS], largest[PARTS];
        for (uint32_t part = 0; part < PARTS; ++part) {
            const int8_t *values = q + (done + part) * n;
            const int8x16_t first = vld1q_s8(values), last = vld1q_s8(values + n - 16);
            least[part] = vminq_s8(first, last);
            largest[part] = vmaxq_s8(first, last);
        }
        vst1q_s8(low + done, lmk_groups_least(least));
        vst1q_s8(high + done, lmk_groups_largest(largest));
    }
    for (; done < parts; ++done) {
        lmk_groups_extremes_of_part(q + done * n, n, low + done, high + done);
    }
}

/// Four values as multiples. Conversion rounds to nearest, ties to even.
LMK_GROUPS_INLINE int32x4_t lmk_groups_round_four(int16x4_t q, float scale, float offset, float inverse) {
    const float32x4_t values = vmulq_n_f32(vcvtq_f32_s32(vmovl_s16(q)), scale);
    return vcvtnq_s32_f32(vmulq_n_f32(vaddq_f32(values, vdupq_n_f32(offset)), inverse));
}

/// As lmk_groups_round for integers of two bits, in a chunk of parts of 16: their multiples are looked up.
LMK_GROUPS_INLINE void lmk_groups_round_levels(const int8_t *q, const float *scales, const float *offsets,
                                               const float *inverses, int8_t *out) {
    uint32_t levels[LMK_GROUPS_PARTS];
    lmk_groups_levels(scales, offsets, inverses, levels);
    for (uint32_t p = 0; p < LMK_GROUPS_PARTS; ++p) {
        const int8x16_t table = vreinterpretq_s8_u32(vdupq_n_u32(levels[p]));
        vst1q_s8(out + 16 * p, vqtbl1q_s8(table, vreinterpretq_u8_s8(vld1q_s8(q + 16 * p))));
    }
}

/// The multiples of packed groups' steps that are nearest to the values of their `LMK_GROUPS_LENGTH / n`
/// parts, of which `low` and `high` are the extreme integers.
LMK_GROUPS_INLINE void lmk_groups_round(const int8_t *q, uint32_t n, uint32_t groups, const float *scales,
                                        const float *offsets, const float *inverses, const int8_t *low,
                                        const int8_t *high, int8_t *out) {
    if (n == 16 && groups == LMK_GROUPS_CHUNK) {
        uint8_t bits = 0;
        for (uint32_t p = 0; p < LMK_GROUPS_PARTS; ++p) bits |= (uint8_t)(low[p] | high[p]);
        if (bits < LMK_GROUPS_LEVELS) return lmk_groups_round_levels(q, scales, offsets, inverses, out);
    }
    for (uint32_t i = 0; i < groups * LMK_GROUPS_LENGTH; i += 8) {
        const float scale = scales[i / n], offset = offsets[i / n], inverse = inverses[i / LMK_GROUPS_LENGTH];
        const int16x8_t integers = vmovl_s8(vld1_s8(q + i));
        const int32x4_t low_half = lmk_groups_round_four(vget_low_s16(integers), scale, offset, inverse);
        const int32x4_t high_half = lmk_groups_round_four(vget_high_s16(integers), scale, offset, inverse);
        vst1_s8(out + i, vqmovn_s16(vcombine_s16(vqmovn_s32(low_half), vqmovn_s32(high_half))));
    }
}

#endif
