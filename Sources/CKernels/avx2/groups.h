// The loops of `common/groups.h` that do not vectorise by themselves, or not well.
#ifndef LMK_AVX2_GROUPS_H
#define LMK_AVX2_GROUPS_H

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

enum {
    // Vectors of 16 parts of 16 values.
    LMK_GROUPS_VECTORS = 8,
};

/// One kind of extreme of 16 parts: the values of the parts are halved four times, in registers that several
/// parts come to share. Vector v of `values` has the parts 2v and 2v + 1.
#define LMK_GROUPS_EXTREME(name, extreme)                                                                    \
    LMK_GROUPS_INLINE __m128i name(const __m256i values[LMK_GROUPS_VECTORS]) {                               \
        __m256i quarters[2];                                                                                 \
        for (uint32_t odd = 0; odd < 2; ++odd) {                                                             \
            const __m256i a = values[odd], b = values[odd + 2], c = values[odd + 4], d = values[odd + 6];    \
            const __m256i ab = extreme(_mm256_unpacklo_epi64(a, b), _mm256_unpackhi_epi64(a, b));            \
            const __m256i cd = extreme(_mm256_unpacklo_epi64(c, d), _mm256_unpackhi_epi64(c, d));            \
            const __m256 low = _mm256_castsi256_ps(ab), high = _mm256_castsi256_ps(cd);                      \
            quarters[odd] = extreme(_mm256_castps_si256(_mm256_shuffle_ps(low, high, 0x88)),                 \
                                    _mm256_castps_si256(_mm256_shuffle_ps(low, high, 0xdd)));                \
        }                                                                                                    \
        /* Four bytes of each part become two, of which the even vectors' are the low ones of 32 bits. */    \
        const __m256i even = quarters[0], odd = quarters[1];                                                 \
        const __m256i pairs = extreme(_mm256_blend_epi16(even, _mm256_slli_epi32(odd, 16), 0xaa),            \
                                      _mm256_blend_epi16(_mm256_srli_epi32(even, 16), odd, 0xaa));           \
        const __m256i words = _mm256_srai_epi16(extreme(pairs, _mm256_slli_epi16(pairs, 8)), 8);             \
        const __m128i first = _mm256_castsi256_si128(words), last = _mm256_extracti128_si256(words, 1);      \
        return _mm_packs_epi16(_mm_unpacklo_epi16(first, last), _mm_unpackhi_epi16(first, last));            \
    }
LMK_GROUPS_EXTREME(lmk_groups_least, _mm256_min_epi8)
LMK_GROUPS_EXTREME(lmk_groups_largest, _mm256_max_epi8)
#undef LMK_GROUPS_EXTREME

/// The least and the largest of each part's n values.
LMK_GROUPS_INLINE void lmk_groups_extremes(const int8_t *q, uint32_t n, uint32_t parts, int8_t *low,
                                           int8_t *high) {
    enum { BYTES = sizeof(__m256i), PARTS = 2 * LMK_GROUPS_VECTORS };
    uint32_t done = 0;
    for (; done + PARTS <= parts; done += PARTS) {
        __m256i least[LMK_GROUPS_VECTORS], largest[LMK_GROUPS_VECTORS];
        for (uint32_t v = 0; v < LMK_GROUPS_VECTORS; ++v) {
            const int8_t *values = q + (done + 2 * v) * n;
            const __m256i first = _mm256_loadu_si256((const __m256i *)values);
            least[v] = largest[v] = first;
            if (n == 16) continue;
            // Two parts of 32: their halves meet.
            const __m256i last = _mm256_loadu_si256((const __m256i *)(values + BYTES));
            const __m256i one = _mm256_permute2x128_si256(first, last, 0x20);
            const __m256i other = _mm256_permute2x128_si256(first, last, 0x31);
            least[v] = _mm256_min_epi8(one, other);
            largest[v] = _mm256_max_epi8(one, other);
        }
        _mm_storeu_si128((__m128i *)(low + done), lmk_groups_least(least));
        _mm_storeu_si128((__m128i *)(high + done), lmk_groups_largest(largest));
    }
    for (; done < parts; ++done) {
        lmk_groups_extremes_of_part(q + done * n, n, low + done, high + done);
    }
}

/// Eight values as multiples. Conversion rounds to nearest, ties to even.
LMK_GROUPS_INLINE __m256i lmk_groups_round_eight(const int8_t *q, bool has_offset, float scale, float offset,
                                                 __m256 inverse) {
    const __m256i integers = _mm256_cvtepi8_epi32(_mm_loadl_epi64((const __m128i *)q));
    __m256 values = _mm256_mul_ps(_mm256_cvtepi32_ps(integers), _mm256_set1_ps(scale));
    if (has_offset) values = _mm256_add_ps(values, _mm256_set1_ps(offset));
    return _mm256_cvtps_epi32(_mm256_mul_ps(values, inverse));
}

LMK_GROUPS_INLINE void lmk_groups_round_all(const int8_t *q, uint32_t n, uint32_t groups, bool has_offset,
                                            const float *scales, const float *offsets, const float *inverses,
                                            int8_t *out) {
    const __m256i order = _mm256_setr_epi32(0, 4, 1, 5, 2, 6, 3, 7);
    for (uint32_t g = 0; g < groups; ++g) {
        const __m256 inverse = _mm256_set1_ps(inverses[g]);
        __m256i rounded[LMK_GROUPS_LENGTH / 8];
        for (uint32_t v = 0; v < LMK_GROUPS_LENGTH / 8; ++v) {
            const uint32_t value = g * LMK_GROUPS_LENGTH + v * 8, part = value / n;
            rounded[v] =
                lmk_groups_round_eight(q + value, has_offset, scales[part], offsets[part], inverse);
        }
        // Packing goes by halves of the registers: four bytes of each eight values, then the other four.
        const __m256i bytes = _mm256_packs_epi16(_mm256_packs_epi32(rounded[0], rounded[1]),
                                                 _mm256_packs_epi32(rounded[2], rounded[3]));
        _mm256_storeu_si256((__m256i *)(out + g * LMK_GROUPS_LENGTH),
                            _mm256_permutevar8x32_epi32(bytes, order));
    }
}

/// As lmk_groups_round for integers of two bits, in a chunk of parts of 16: their multiples are looked up.
LMK_GROUPS_INLINE void lmk_groups_round_levels(const int8_t *q, const float *scales, const float *offsets,
                                               const float *inverses, int8_t *out) {
    uint32_t levels[LMK_GROUPS_PARTS];
    lmk_groups_levels(scales, offsets, inverses, levels);
    // Both halves of a register have the levels of both parts: the last part's come second.
    const __m256i last = _mm256_setr_m128i(_mm_setzero_si128(), _mm_set1_epi8(LMK_GROUPS_LEVELS));
    for (uint32_t g = 0; g < LMK_GROUPS_CHUNK; ++g) {
        const __m256i table = _mm256_set1_epi64x((long long)lmk_load_u64(levels + 2 * g));
        const __m256i *integers = (const __m256i *)(q + g * LMK_GROUPS_LENGTH);
        const __m256i places = _mm256_add_epi8(_mm256_loadu_si256(integers), last);
        _mm256_storeu_si256((__m256i *)(out + g * LMK_GROUPS_LENGTH), _mm256_shuffle_epi8(table, places));
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
    uint32_t differences = 0;
    for (uint32_t p = 0; p < groups * (LMK_GROUPS_LENGTH / n); ++p) {
        differences |= lmk_float_bits(offsets[p]) ^ lmk_float_bits(-0.0f);
    }
    // Adding -0 changes nothing.
    if (differences == 0) return lmk_groups_round_all(q, n, groups, false, scales, offsets, inverses, out);
    lmk_groups_round_all(q, n, groups, true, scales, offsets, inverses, out);
}

#endif
