// What every instruction set's activation encoders share.
#ifndef LMK_LINEAR_ENCODE_H
#define LMK_LINEAR_ENCODE_H

#include "common/linear_layout.h"

#include <math.h>

/// Infinity's bits. Magnitudes are compared as integers, which order like the floats and put every NaN
/// above infinity: a non-finite input cannot hide, and the maximum does not depend on the order.
#define LMK_INFINITY_BITS 0x7f800000u
#define LMK_MAGNITUDE_BITS 0x7fffffffu

/// Groups whose largest magnitude is below 2^-100 are encoded as zeros: 127 / magnitude overflows from
/// 2^-121 on, and the step would lose precision as a denormal from 2^-119 on.
#define LMK_INT8_SMALLEST_MAGNITUDE 0x1p-100f
#define LMK_INT8_LARGEST 127

/// How a group of inputs becomes int8: q = round(x * inverse), x ~ q * scale.
typedef struct lmk_int8_step {
    float scale;
    float inverse;  // 0: every q is 0, whatever x is
} lmk_int8_step;

/// The step for a group whose largest magnitude has the given bits. A group with an infinity or NaN gets
/// a NaN scale, so that its row's results are NaN instead of plausible.
static inline lmk_int8_step lmk_int8_step_for(uint32_t magnitude_bits) {
    if (magnitude_bits >= LMK_INFINITY_BITS) return (lmk_int8_step){.scale = NAN, .inverse = 0};
    float magnitude = lmk_float_from_bits(magnitude_bits);
    if (magnitude < LMK_INT8_SMALLEST_MAGNITUDE) return (lmk_int8_step){.scale = 0, .inverse = 0};
    return (lmk_int8_step){
        .scale = magnitude / LMK_INT8_LARGEST,
        .inverse = LMK_INT8_LARGEST / magnitude,
    };
}

/// rintf for magnitudes below 2^22, without the call: in 1.5 * 2^23 the last place is worth one.
static inline float lmk_round_to_even(float x) {
    const float shift = 0x1.8p23f;
    return (x + shift) - shift;
}

static inline uint32_t lmk_largest_magnitude(const float *x, uint64_t n) {
    uint32_t largest = 0;
    for (uint64_t i = 0; i < n; ++i) {
        uint32_t bits = lmk_float_bits(x[i]) & LMK_MAGNITUDE_BITS;
        largest = bits > largest ? bits : largest;
    }
    return largest;
}

/// Encodes `n` inputs as quads `stride` bytes apart, the last one padded with zeros. Returns the sum.
static inline int32_t lmk_encode_quads(const float *x, uint64_t n, float inverse, uint8_t *quads,
                                       size_t stride) {
    int32_t sum = 0;
    for (uint64_t k = 0; k < n; k += LMK_QUAD, quads += stride) {
        int8_t quad[LMK_QUAD] = {0};
        for (uint64_t i = 0; i < LMK_QUAD && k + i < n && inverse != 0; ++i) {
            quad[i] = (int8_t)lmk_round_to_even(x[k + i] * inverse);
            sum += quad[i];
        }
        memcpy(quads, quad, sizeof quad);
    }
    return sum;
}

/// Where one row of a tile goes.
typedef struct lmk_encoded_row {
    uint8_t *data;      // the row's first four bytes; the next four are `stride` further
    float *scale;       // the first group's; the next group's is `rows` further
    float *scaled_sum;
    uint32_t rows;
    size_t stride;
} lmk_encoded_row;

static inline lmk_encoded_row lmk_encoded_row_at(const lmk_activations *a, uint32_t tile,
                                                 uint32_t row_in_tile) {
    uint32_t first = lmk_tile_first(a, tile), rows = lmk_tile_count(a, tile);
    bool quantised = a->encoding == LMK_ENCODE_INT8;
    size_t group_offset = (size_t)first * a->groups + row_in_tile;
    return (lmk_encoded_row){
        .data = a->data + first * a->row_bytes + (size_t)row_in_tile * 4,
        .scale = quantised ? a->scale + group_offset : NULL,
        .scaled_sum = quantised ? a->scaled_sum + group_offset : NULL,
        .rows = rows,
        .stride = (size_t)rows * 4,
    };
}

#endif
