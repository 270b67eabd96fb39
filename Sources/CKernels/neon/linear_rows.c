#if defined(__aarch64__)

#include "neon/linear_rows.h"

#include "common/linear_store.h"
#include "neon/simd.h"

enum {
    // Quads of the row in a register of inputs, whose lanes are by-element operands.
    INPUT_QUADS = LMK_VECTOR_BYTES / LMK_QUAD,
};

LMK_NEON_BEGIN

typedef int32x4_t panel_dots[LMK_PANEL_VECTORS];

LMK_INLINE int8x16_t load_weights(const uint8_t *p) {
    return vreinterpretq_s8_u8(vld1q_u8(p));
}

/// Adds `count` quads of a W8 panel. inputs: their quads in the first `count` lanes.
LMK_INLINE void add_bytes(const uint32_t count, const uint8_t *data, uint32x4_t inputs, panel_dots dot) {
    LMK_UNROLL for (uint32_t quad = 0; quad < count; ++quad, data += LMK_PANEL_WORD_BYTES) {
        const int8x16_t x = vreinterpretq_s8_u32(vdupq_n_u32(inputs[quad]));
        lmk_prefetch_ahead(data);
        LMK_UNROLL for (uint32_t v = 0; v < LMK_PANEL_VECTORS; ++v) {
            dot[v] = vdotq_s32(dot[v], load_weights(data + v * LMK_VECTOR_BYTES), x);
        }
    }
}

/// Adds a W4 panel's two octets.
LMK_INLINE void add_nibbles(const uint8_t *data, uint32x4_t inputs, panel_dots dot) {
    LMK_UNROLL for (uint32_t quad = 0; quad < INPUT_QUADS; quad += 2, data += LMK_PANEL_WORD_BYTES) {
        const int8x16_t x_low = vreinterpretq_s8_u32(vdupq_n_u32(inputs[quad]));
        const int8x16_t x_high = vreinterpretq_s8_u32(vdupq_n_u32(inputs[quad + 1]));
        lmk_prefetch_ahead(data);
        LMK_UNROLL for (uint32_t v = 0; v < LMK_PANEL_VECTORS; ++v) {
            const uint8x16_t packed = vld1q_u8(data + v * LMK_VECTOR_BYTES);
            const int8x16_t low = vreinterpretq_s8_u8(vandq_u8(packed, vdupq_n_u8(15)));
            const int8x16_t high = vreinterpretq_s8_u8(vshrq_n_u8(packed, 4));
            dot[v] = vdotq_s32(dot[v], low, x_low);
            dot[v] = vdotq_s32(dot[v], high, x_high);
        }
    }
}

LMK_INLINE uint32x4_t load_inputs(const uint8_t *x) {
    return vreinterpretq_u32_u8(vld1q_u8(x));
}

LMK_INLINE float32x4_t load_scales(const lmk_matrix *m, const uint8_t *header, uint32_t v) {
    if (m->group == 0) return vld1q_f32((const float *)header + v * LMK_VECTOR_FLOATS);
    return lmk_load_halves(header + v * LMK_VECTOR_BYTES / 2);
}

/// One row against a panel, straight from the packed stream.
LMK_INLINE void multiply_row(const lmk_format format, const lmk_matrix *m, const lmk_tile *tile,
                             const uint8_t *data, float *result) {
    const uint64_t groups = lmk_group_count(m);
    const uint8_t *x = tile->data;
    float32x4_t sums[LMK_PANEL_VECTORS];
    LMK_UNROLL for (uint32_t v = 0; v < LMK_PANEL_VECTORS; ++v) sums[v] = vdupq_n_f32(0);
    for (uint64_t g = 0; g < groups; ++g) {
        const uint8_t *header = data;
        lmk_prefetch_ahead(header);
        data += lmk_group_header_bytes(format, m->group);
        panel_dots dot;
        LMK_UNROLL for (uint32_t v = 0; v < LMK_PANEL_VECTORS; ++v) dot[v] = vdupq_n_s32(0);
        uint64_t quads = lmk_ceil_divide(lmk_group_length_at(m, g), LMK_QUAD);
        for (; quads >= INPUT_QUADS; quads -= INPUT_QUADS, x += LMK_VECTOR_BYTES) {
            if (format == LMK_W4) {
                add_nibbles(data, load_inputs(x), dot);
            } else {
                add_bytes(INPUT_QUADS, data, load_inputs(x), dot);
            }
            data += lmk_group_value_bytes(format, LMK_VECTOR_BYTES);
        }
        // Only the one group of a per-channel matrix ends within a register.
        for (; quads > 0; --quads, x += LMK_QUAD, data += LMK_PANEL_WORD_BYTES) {
            add_bytes(1, data, vdupq_n_u32(lmk_load_u32(x)), dot);
        }
        LMK_UNROLL for (uint32_t v = 0; v < LMK_PANEL_VECTORS; ++v) {
            const float32x4_t scale = vmulq_n_f32(load_scales(m, header, v), tile->scale[g]);
            sums[v] = vfmaq_f32(sums[v], vcvtq_f32_s32(dot[v]), scale);
            if (format != LMK_W4) continue;
            const uint8_t *offsets = header + LMK_PANEL_HALF_BYTES;
            const float32x4_t offset = lmk_load_halves(offsets + v * LMK_VECTOR_BYTES / 2);
            sums[v] = vfmaq_n_f32(sums[v], offset, tile->scaled_sum[g]);
        }
    }
    LMK_UNROLL for (uint32_t v = 0; v < LMK_PANEL_VECTORS; ++v) {
        vst1q_f32(result + v * LMK_VECTOR_FLOATS, sums[v]);
    }
}

LMK_INLINE void multiply(const lmk_format format, const lmk_matrix *m, const lmk_activations *a,
                         uint64_t panel, const lmk_destination *to) {
    _Alignas(64) float result[LMK_PANEL];
    const lmk_tile tile = lmk_tile_at(a, 0);
    multiply_row(format, m, &tile, lmk_panel_data(m, panel), result);
    lmk_store_row(to, m, panel, 0, result);
}

void lmk_neon_linear_row_w8(const lmk_matrix *m, const lmk_activations *a, uint64_t panel,
                            const lmk_destination *to) {
    multiply(LMK_W8, m, a, panel, to);
}

void lmk_neon_linear_row_w4(const lmk_matrix *m, const lmk_activations *a, uint64_t panel,
                            const lmk_destination *to) {
    multiply(LMK_W4, m, a, panel, to);
}

LMK_NEON_END

#endif
