// The loops of `common/blocks.h` that do not vectorise by themselves.
#ifndef LMK_AVX2_BLOCKS_H
#define LMK_AVX2_BLOCKS_H

/// A byte for every bit: 16 where it is set, else 0.
LMK_GROUPS_INLINE void lmk_blocks_spread_bits(uint32_t bits, lmk_bytes32 *out) {
    // Every byte of four eights is copied eight times, and keeps one bit.
    const __m256i places = _mm256_setr_epi64x(0, 0x0101010101010101, 0x0202020202020202, 0x0303030303030303);
    const __m256i own = _mm256_set1_epi64x((long long)0x8040201008040201);
    const __m256i bytes = _mm256_shuffle_epi8(_mm256_set1_epi32((int)bits), places);
    const __m256i is_set = _mm256_cmpeq_epi8(_mm256_and_si256(bytes, own), own);
    *out = (lmk_bytes32)_mm256_and_si256(is_set, _mm256_set1_epi8(16));
}

/// Of 16 bytes the entries that the low nibbles number, then those that the high ones do.
LMK_GROUPS_INLINE void lmk_blocks_look_up(const int8_t *table, const uint8_t *bytes, int8_t *out) {
    const __m128i entries = _mm_loadu_si128((const __m128i *)table), nibble = _mm_set1_epi8(15);
    const __m128i pairs = _mm_loadu_si128((const __m128i *)bytes);
    const __m128i low = _mm_and_si128(pairs, nibble), high = _mm_and_si128(_mm_srli_epi16(pairs, 4), nibble);
    _mm_storeu_si128((__m128i *)out, _mm_shuffle_epi8(entries, low));
    _mm_storeu_si128((__m128i *)(out + 16), _mm_shuffle_epi8(entries, high));
}

#endif
