// The loops of `common/blocks.h` that do not vectorise by themselves.
#ifndef LMK_NEON_BLOCKS_H
#define LMK_NEON_BLOCKS_H

/// A byte for every bit: 16 where it is set, else 0.
LMK_GROUPS_INLINE void lmk_blocks_spread_bits(uint32_t bits, lmk_bytes32 *out) {
    const uint8x16_t own = vreinterpretq_u8_u64(vdupq_n_u64(0x8040201008040201));
    for (uint32_t half = 0; half < 2; ++half) {
        const uint8x8_t low = vdup_n_u8((uint8_t)(bits >> 16 * half));
        const uint8x8_t high = vdup_n_u8((uint8_t)(bits >> (16 * half + 8)));
        const uint8x16_t is_set = vtstq_u8(vcombine_u8(low, high), own);
        vst1q_u8((uint8_t *)out + 16 * half, vandq_u8(is_set, vdupq_n_u8(16)));
    }
}

/// Of 16 bytes the entries that the low nibbles number, then those that the high ones do.
LMK_GROUPS_INLINE void lmk_blocks_look_up(const int8_t *table, const uint8_t *bytes, int8_t *out) {
    const int8x16_t entries = vld1q_s8(table);
    const uint8x16_t pairs = vld1q_u8(bytes);
    vst1q_s8(out, vqtbl1q_s8(entries, vandq_u8(pairs, vdupq_n_u8(15))));
    vst1q_s8(out + 16, vqtbl1q_s8(entries, vshrq_n_u8(pairs, 4)));
}

#endif
