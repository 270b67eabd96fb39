// GGUF's block types: 32 or 256 consecutive values of a row as small integers, with a scale and an offset for
// each group of 16 or 32, w = q * scale + offset. Types without an offset have -0 there, which changes no
// sum, not even the sign of a zero. The floating-point operations and their order are those of the reference
// implementation, so that values agree to the last bit.
//
// The loops are plain C over a block's bytes, which vectorise well; `blocks.c` of `generic`, `avx2` and
// `neon` compile them for their instruction set, together with those of `common/groups.h`.
#ifndef LMK_BLOCKS_H
#define LMK_BLOCKS_H

#include "common/groups.h"

enum {
    LMK_BLOCK_VALUES_MAXIMUM = 256,
    // Values that are decoded at a time: blocks of every type, and as many packed groups as are converted
    // together.
    LMK_BLOCKS_CHUNK = LMK_GROUPS_CHUNK * LMK_GROUPS_LENGTH,
    LMK_BLOCKS_GROUPS = LMK_BLOCKS_CHUNK / 16,
};
_Static_assert(LMK_BLOCKS_CHUNK % LMK_BLOCK_VALUES_MAXIMUM == 0, "a chunk is whole blocks");

/// How many values a block has, in how many bytes, and how many of them share a scale.
typedef struct lmk_block_shape {
    uint32_t values;
    uint32_t bytes;
    uint32_t group;
} lmk_block_shape;

static inline lmk_block_shape lmk_block_shape_of(lmk_block_type type) {
    switch (type) {
    case LMK_BLOCK_Q4_0: return (lmk_block_shape){32, 2 + 16, 32};
    case LMK_BLOCK_Q4_1: return (lmk_block_shape){32, 2 + 2 + 16, 32};
    case LMK_BLOCK_Q5_0: return (lmk_block_shape){32, 2 + 4 + 16, 32};
    case LMK_BLOCK_Q5_1: return (lmk_block_shape){32, 2 + 2 + 4 + 16, 32};
    case LMK_BLOCK_Q8_0: return (lmk_block_shape){32, 2 + 32, 32};
    case LMK_BLOCK_Q2_K: return (lmk_block_shape){256, 16 + 64 + 2 + 2, 16};
    case LMK_BLOCK_Q3_K: return (lmk_block_shape){256, 32 + 64 + 12 + 2, 16};
    case LMK_BLOCK_Q4_K: return (lmk_block_shape){256, 2 + 2 + 12 + 128, 32};
    case LMK_BLOCK_Q5_K: return (lmk_block_shape){256, 2 + 2 + 12 + 32 + 128, 32};
    case LMK_BLOCK_Q6_K: return (lmk_block_shape){256, 128 + 64 + 16 + 2, 16};
    case LMK_BLOCK_IQ4_NL: return (lmk_block_shape){32, 2 + 16, 32};
    case LMK_BLOCK_IQ4_XS: return (lmk_block_shape){256, 2 + 2 + 4 + 128, 32};
    case LMK_BLOCK_MXFP4: return (lmk_block_shape){32, 1 + 16, 32};
    }
    return (lmk_block_shape){0, 0, 0};
}

// Vectors of bytes. Compilers cut those that are wider than the machine's into pieces.
typedef uint8_t lmk_bytes16 __attribute__((vector_size(16)));
typedef uint8_t lmk_bytes32 __attribute__((vector_size(32)));

// An instruction set may have its own of these.
#if defined(LMK_BLOCKS_LOOPS)
#include LMK_BLOCKS_LOOPS
#else
/// A byte for every bit: 16 where it is set, else 0.
LMK_GROUPS_INLINE void lmk_blocks_spread_bits(uint32_t bits, lmk_bytes32 *restrict out) {
    for (uint32_t i = 0; i < 32; ++i) (*out)[i] = (uint8_t)((bits >> i & 1) << 4);
}

/// Of 16 bytes the entries that the low nibbles number, then those that the high ones do.
LMK_GROUPS_INLINE void lmk_blocks_look_up(const int8_t *restrict table, const uint8_t *restrict bytes,
                                          int8_t *restrict out) {
    for (uint32_t i = 0; i < 16; ++i) {
        out[i] = table[bytes[i] & 15];
        out[i + 16] = table[bytes[i] >> 4];
    }
}
#endif

/// Multiplies the first 16 bytes by `first` and the others by `last`, and keeps the products' low bytes.
LMK_GROUPS_INLINE void lmk_blocks_multiply(lmk_bytes32 *bytes, int first, int last) {
    typedef uint16_t lmk_words8 __attribute__((vector_size(16)));
    typedef uint16_t lmk_words16 __attribute__((vector_size(32)));
    const lmk_words8 one = (lmk_words8){0} + (uint16_t)first, other = (lmk_words8){0} + (uint16_t)last;
    const lmk_words16 factors =
        __builtin_shufflevector(one, other, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15);
    const lmk_words16 pairs = (lmk_words16)*bytes;
    *bytes = (lmk_bytes32)((pairs * factors & 0xff) | (pairs >> 8) * factors << 8);
}

LMK_GROUPS_INLINE float lmk_block_half(const uint8_t *bytes) {
    uint16_t bits;
    memcpy(&bits, bytes, sizeof bits);
    return lmk_groups_widen(bits);
}

/// `count` groups that have small integers times `d` as their scales, and no offsets.
LMK_GROUPS_INLINE void lmk_block_set_scales(const int8_t *restrict factors, uint32_t count, float d,
                                            float *restrict scales, float *restrict offsets) {
    for (uint32_t g = 0; g < count; ++g) scales[g] = d * (float)factors[g];
    for (uint32_t g = 0; g < count; ++g) offsets[g] = -0.0f;
}

/// As above with integers times -`dmin` as their offsets.
LMK_GROUPS_INLINE void lmk_block_set_affine(const uint8_t *restrict factors, const uint8_t *restrict minima,
                                            uint32_t count, float d, float dmin, float *restrict scales,
                                            float *restrict offsets) {
    for (uint32_t g = 0; g < count; ++g) {
        scales[g] = d * (float)factors[g];
        offsets[g] = -(dmin * (float)minima[g]);
    }
}

/// 16 bytes as 32: low nibbles, then high ones.
LMK_GROUPS_INLINE void lmk_block_nibbles(const uint8_t *restrict bytes, lmk_bytes32 *restrict nibbles) {
    lmk_bytes16 pairs;
    memcpy(&pairs, bytes, sizeof pairs);
    *nibbles = __builtin_shufflevector(pairs & 15, pairs >> 4, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14,
                                       15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31);
}

LMK_GROUPS_INLINE void lmk_block_four_bits(const uint8_t *restrict bytes, int8_t *restrict quants,
                                           uint8_t center) {
    lmk_bytes32 values;
    lmk_block_nibbles(bytes, &values);
    values -= center;
    memcpy(quants, &values, sizeof values);
}

/// The eight runs of 32 values, one after the other: with constants, so that shifts are by constants.
#define LMK_BLOCK_RUNS(n) _Pragma("clang loop unroll(full)") for (uint32_t n = 0; n < 8; ++n)

/// What decodes a block: `b` are its bytes.
#define LMK_BLOCK_DECODER(name)                                                                              \
    LMK_GROUPS_INLINE void name(const uint8_t *restrict b, int8_t *restrict quants, float *restrict scales,  \
                                float *restrict offsets)

// MARK: Blocks of one group
// - q4_0: half scale, 16 bytes of nibbles; w = (q - 8) * scale
// - q4_1: half scale, half offset, 16 bytes of nibbles; w = q * scale + offset
// - q5_0: half scale, 32 fifth bits, 16 bytes of nibbles; w = (q - 16) * scale
// - q5_1: half scale, half offset, 32 fifth bits, 16 bytes of nibbles; w = q * scale + offset
// - q8_0: half scale, 32 signed bytes; w = q * scale
//
// The low nibble of byte i is value i and the high nibble value i + 16; bit i of the fifth bits belongs to
// value i.

LMK_BLOCK_DECODER(lmk_block_q4_0) {
    *scales = lmk_block_half(b);
    *offsets = -0.0f;
    lmk_block_four_bits(b + 2, quants, 8);
}

LMK_BLOCK_DECODER(lmk_block_q4_1) {
    *scales = lmk_block_half(b);
    *offsets = lmk_block_half(b + 2);
    lmk_block_four_bits(b + 4, quants, 0);
}

/// 32 fifth bits, then nibbles.
LMK_GROUPS_INLINE void lmk_block_five_bits(const uint8_t *restrict bytes, int8_t *restrict quants,
                                           uint8_t center) {
    lmk_bytes32 values, fifth;
    lmk_block_nibbles(bytes + 4, &values);
    lmk_blocks_spread_bits(lmk_load_u32(bytes), &fifth);
    values = (values | fifth) - center;
    memcpy(quants, &values, sizeof values);
}

LMK_BLOCK_DECODER(lmk_block_q5_0) {
    *scales = lmk_block_half(b);
    *offsets = -0.0f;
    lmk_block_five_bits(b + 2, quants, 16);
}

LMK_BLOCK_DECODER(lmk_block_q5_1) {
    *scales = lmk_block_half(b);
    *offsets = lmk_block_half(b + 2);
    lmk_block_five_bits(b + 4, quants, 0);
}

LMK_BLOCK_DECODER(lmk_block_q8_0) {
    *scales = lmk_block_half(b);
    *offsets = -0.0f;
    memcpy(quants, b + 2, 32);
}

// MARK: Blocks of 256 values
// Their groups have small integer scales, times one or two half scales of the block:
// - q2_k: 16 bytes (low nibble scale, high nibble minimum), 64 bytes of pairs of bits, half d, half dmin;
//   groups of 16, w = q * (d * scale) - dmin * minimum
// - q3_k: 32 bytes of third bits, 64 bytes of pairs of bits, 12 bytes with 16 scales of 6 bits, half d;
//   groups of 16, w = (q - 4) * (d * (scale - 32))
// - q4_k: half d, half dmin, 12 bytes with 8 scales and 8 minima of 6 bits, 128 bytes of nibbles;
//   groups of 32, w = q * (d * scale) - dmin * minimum
// - q5_k: as q4_k, with 32 bytes of fifth bits before the nibbles
// - q6_k: 128 bytes of nibbles, 64 bytes of pairs of bits, 16 signed bytes of scales, half d;
//   groups of 16, w = (q - 32) * (d * scale)

LMK_BLOCK_DECODER(lmk_block_q2_k) {
    uint8_t factors[16], minima[16];
    for (uint32_t g = 0; g < 16; ++g) {
        factors[g] = b[g] & 15;
        minima[g] = b[g] >> 4;
    }
    const float d = lmk_block_half(b + 80), dmin = lmk_block_half(b + 82);
    lmk_block_set_affine(factors, minima, 16, d, dmin, scales, offsets);
    // Each run of 32 bytes holds 128 values: byte i has those at i, i + 32, i + 64 and i + 96.
    LMK_BLOCK_RUNS(n) {
        lmk_bytes32 bytes;
        memcpy(&bytes, b + 16 + n / 4 * 32, sizeof bytes);
        bytes = bytes >> n % 4 * 2 & 3;
        memcpy(quants + 32 * n, &bytes, sizeof bytes);
    }
}

/// Low nibbles of 8 bytes, their high nibbles, and above both the pairs of bits of 4 bytes; less 32.
LMK_GROUPS_INLINE void lmk_block_factors_of_q3_k(const uint8_t *restrict b, int8_t *restrict factors) {
    const uint32_t low[2] = {lmk_load_u32(b + 96), lmk_load_u32(b + 100)}, high = lmk_load_u32(b + 104);
    uint8_t bytes[16];
    for (uint32_t four = 0; four < 4; ++four) {
        const uint32_t nibbles = low[four % 2] >> four / 2 * 4 & 0x0f0f0f0fu;
        lmk_store_u32(bytes + 4 * four, nibbles | (high >> 2 * four & 0x03030303u) << 4);
    }
    for (uint32_t g = 0; g < 16; ++g) factors[g] = (int8_t)(bytes[g] - 32);
}

/// Values 32 * n to 32 * n + 31, with the bits of signed bytes. The pairs of bits are as in q2_k; the third
/// bit of value 32 * n + i is bit n of byte i. A bit that is clear counts -4.
LMK_GROUPS_INLINE void lmk_block_quants_of_q3_k(const uint8_t *restrict b, uint32_t n,
                                                lmk_bytes32 *restrict quants) {
    lmk_bytes32 bytes, thirds;
    memcpy(&thirds, b, sizeof thirds);
    memcpy(&bytes, b + 32 + n / 4 * 32, sizeof bytes);
    *quants = ((bytes >> n % 4 * 2 & 3) | (thirds >> n & 1) << 2) - 4;
}

LMK_BLOCK_DECODER(lmk_block_q3_k) {
    int8_t factors[16];
    lmk_block_factors_of_q3_k(b, factors);
    lmk_block_set_scales(factors, 16, lmk_block_half(b + 108), scales, offsets);
    LMK_BLOCK_RUNS(n) {
        lmk_bytes32 values;
        lmk_block_quants_of_q3_k(b, n, &values);
        memcpy(quants + 32 * n, &values, sizeof values);
    }
}

/// w = ((4 - q) * (scale - 32)) * -d. The signs are changed because of -32 and -4, whose product would be
/// 128.
LMK_BLOCK_DECODER(lmk_block_q3_k_products) {
    int8_t factors[16];
    lmk_block_factors_of_q3_k(b, factors);
    const float step = -lmk_block_half(b + 108);
    for (uint32_t g = 0; g < 16; ++g) {
        scales[g] = step;
        offsets[g] = -0.0f;
    }
    LMK_BLOCK_RUNS(n) {
        lmk_bytes32 values;
        lmk_block_quants_of_q3_k(b, n, &values);
        lmk_blocks_multiply(&values, -factors[2 * n], -factors[2 * n + 1]);
        memcpy(quants + 32 * n, &values, sizeof values);
    }
}

/// The head of q4_k and q5_k: the first four scales and minima are the low 6 bits of 4 bytes each; the others
/// have their low 4 bits in the nibbles of the last 4 bytes and their high 2 bits above the former.
LMK_GROUPS_INLINE void lmk_block_scales_and_minima(const uint8_t *restrict b, float *restrict scales,
                                                   float *restrict offsets) {
    const uint32_t first = lmk_load_u32(b + 4), second = lmk_load_u32(b + 8), third = lmk_load_u32(b + 12);
    uint8_t factors[8], minima[8];
    lmk_store_u32(factors, first & 0x3f3f3f3fu);
    lmk_store_u32(minima, second & 0x3f3f3f3fu);
    lmk_store_u32(factors + 4, (third & 0x0f0f0f0fu) | (first >> 2 & 0x30303030u));
    lmk_store_u32(minima + 4, (third >> 4 & 0x0f0f0f0fu) | (second >> 2 & 0x30303030u));
    lmk_block_set_affine(factors, minima, 8, lmk_block_half(b), lmk_block_half(b + 2), scales, offsets);
}

LMK_BLOCK_DECODER(lmk_block_q4_k) {
    lmk_block_scales_and_minima(b, scales, offsets);
    // Each run of 32 bytes holds two groups: low nibbles, then high ones.
    LMK_BLOCK_RUNS(n) {
        lmk_bytes32 bytes;
        memcpy(&bytes, b + 16 + n / 2 * 32, sizeof bytes);
        bytes = bytes >> n % 2 * 4 & 15;
        memcpy(quants + 32 * n, &bytes, sizeof bytes);
    }
}

LMK_BLOCK_DECODER(lmk_block_q5_k) {
    lmk_block_scales_and_minima(b, scales, offsets);
    // As in q4_k; the fifth bit of value 32 * n + i is bit n of byte i.
    lmk_bytes32 fifth;
    memcpy(&fifth, b + 16, sizeof fifth);
    LMK_BLOCK_RUNS(n) {
        lmk_bytes32 bytes;
        memcpy(&bytes, b + 48 + n / 2 * 32, sizeof bytes);
        bytes = (bytes >> n % 2 * 4 & 15) | (fifth >> n & 1) << 4;
        memcpy(quants + 32 * n, &bytes, sizeof bytes);
    }
}

LMK_BLOCK_DECODER(lmk_block_q6_k) {
    lmk_block_set_scales((const int8_t *)b + 192, 16, lmk_block_half(b + 208), scales, offsets);
    // Each half has 64 bytes of nibbles, low ones first, and 32 bytes of pairs of bits above them.
    LMK_BLOCK_RUNS(n) {
        lmk_bytes32 bytes, high;
        memcpy(&bytes, b + n / 4 * 64 + n % 2 * 32, sizeof bytes);
        memcpy(&high, b + 128 + n / 4 * 32, sizeof high);
        bytes = ((bytes >> n % 4 / 2 * 4 & 15) | (high >> n % 4 * 2 & 3) << 4) - 32;
        memcpy(quants + 32 * n, &bytes, sizeof bytes);
    }
}

// MARK: Blocks whose 4 bits number the entries of a table
// - iq4_nl: half scale, 16 bytes of nibbles; one group of 32, w = table[q] * scale
// - iq4_xs: half d, 16 bits with the high 2 bits of 8 scales, 4 bytes with their low nibbles, 128 bytes of
//   nibbles; 8 groups of 32, w = table[q] * (d * (scale - 32))
// - mxfp4: 8-bit exponent, 16 bytes of nibbles; one group of 32, w = table[q] * 2^(exponent - 128). The table
//   is that of the OCP Microscaling specification 1.0 (E2M1) times two, to be integers.
//
// In each 16 bytes the low nibble of byte i is value i and the high nibble value i + 16.

static const int8_t lmk_block_iq4_table[16] = {-127, -104, -83, -65, -49, -35, -22, -10,
                                               1,    13,   25,  38,  53,  69,  89,  113};
static const int8_t lmk_block_mxfp4_table[16] = {0, 1, 2, 3, 4, 6, 8, 12, 0, -1, -2, -3, -4, -6, -8, -12};

LMK_BLOCK_DECODER(lmk_block_iq4_nl) {
    *scales = lmk_block_half(b);
    *offsets = -0.0f;
    lmk_blocks_look_up(lmk_block_iq4_table, b + 2, quants);
}

LMK_BLOCK_DECODER(lmk_block_iq4_xs) {
    int8_t factors[8];
    const uint32_t high = (uint32_t)b[2] | (uint32_t)b[3] << 8;
    for (uint32_t g = 0; g < 8; ++g) {
        const uint32_t low = (uint32_t)b[4 + g / 2] >> g % 2 * 4 & 15;
        factors[g] = (int8_t)((int)(low | (high >> 2 * g & 3) << 4) - 32);
        lmk_blocks_look_up(lmk_block_iq4_table, b + 8 + 16 * g, quants + 32 * g);
    }
    lmk_block_set_scales(factors, 8, lmk_block_half(b), scales, offsets);
}

LMK_BLOCK_DECODER(lmk_block_mxfp4) {
    // 2^(exponent - 128); the first two are subnormal.
    *scales = lmk_float_from_bits(*b < 2 ? 0x00200000u << *b : (uint32_t)(*b - 1) << 23);
    *offsets = -0.0f;
    lmk_blocks_look_up(lmk_block_mxfp4_table, b + 1, quants);
}

// MARK: Rows

typedef void lmk_block_decoder(const uint8_t *restrict b, int8_t *restrict quants, float *restrict scales,
                               float *restrict offsets);

LMK_GROUPS_INLINE void lmk_blocks_decode_each(lmk_block_decoder *decode, lmk_block_shape shape,
                                              const uint8_t *restrict source, uint32_t blocks,
                                              int8_t *restrict quants, float *restrict scales,
                                              float *restrict offsets) {
    const uint32_t groups = shape.values / shape.group;
    for (uint32_t i = 0; i < blocks; ++i) {
        decode(source + i * shape.bytes, quants + i * shape.values, scales + i * groups, offsets + i * groups);
    }
}

/// Decodes consecutive blocks. With `products`, integers that are small enough to take up their group's own
/// integer scale do, which leaves the block's half as the scale: 8-bit formats hold such rows without loss. A
/// zero's sign may change.
static void lmk_blocks_decode_row(lmk_block_type type, bool products, const uint8_t *source, uint32_t blocks,
                                  int8_t *quants, float *scales, float *offsets) {
    if (type == LMK_BLOCK_Q3_K && products) {
        lmk_blocks_decode_each(lmk_block_q3_k_products, lmk_block_shape_of(LMK_BLOCK_Q3_K), source, blocks, quants,
                               scales, offsets);
        return;
    }
#define LMK_BLOCKS_CASE(TYPE, decode)                                                                        \
    case TYPE:                                                                                               \
        lmk_blocks_decode_each(decode, lmk_block_shape_of(TYPE), source, blocks, quants, scales, offsets);   \
        return;
    switch (type) {
        LMK_BLOCKS_CASE(LMK_BLOCK_Q4_0, lmk_block_q4_0)
        LMK_BLOCKS_CASE(LMK_BLOCK_Q4_1, lmk_block_q4_1)
        LMK_BLOCKS_CASE(LMK_BLOCK_Q5_0, lmk_block_q5_0)
        LMK_BLOCKS_CASE(LMK_BLOCK_Q5_1, lmk_block_q5_1)
        LMK_BLOCKS_CASE(LMK_BLOCK_Q8_0, lmk_block_q8_0)
        LMK_BLOCKS_CASE(LMK_BLOCK_Q2_K, lmk_block_q2_k)
        LMK_BLOCKS_CASE(LMK_BLOCK_Q3_K, lmk_block_q3_k)
        LMK_BLOCKS_CASE(LMK_BLOCK_Q4_K, lmk_block_q4_k)
        LMK_BLOCKS_CASE(LMK_BLOCK_Q5_K, lmk_block_q5_k)
        LMK_BLOCKS_CASE(LMK_BLOCK_Q6_K, lmk_block_q6_k)
        LMK_BLOCKS_CASE(LMK_BLOCK_IQ4_NL, lmk_block_iq4_nl)
        LMK_BLOCKS_CASE(LMK_BLOCK_IQ4_XS, lmk_block_iq4_xs)
        LMK_BLOCKS_CASE(LMK_BLOCK_MXFP4, lmk_block_mxfp4)
    }
#undef LMK_BLOCKS_CASE
}

#endif
