// The specification of the linear layer: what every instruction set's kernels compute, in the order in
// which they compute it. One output is one chain of fused multiply-adds,
//   floating-point weights   sum = fma(w[k], x[k], sum)                          for k in order
//   int8 weights             sum = fma(dot, weight_scale * scale, sum)           for groups in order
//   uint4 weights            the same, then sum = fma(weight_offset, scaled_sum, sum)
// where dot is the group's exact integer dot product. Rows never meet, so their number cannot matter.
#include "common/convert.h"
#include "common/linear_kernels.h"
#include "common/linear_store.h"

#include <math.h>

/// The results of one row, and one function that computes them.
typedef void multiply_row(const lmk_matrix *m, const uint8_t *data, const lmk_tile *tile, uint32_t row,
                          float sums[LMK_PANEL]);

static void multiply_panel(const lmk_matrix *m, const lmk_activations *a, uint64_t panel,
                           const lmk_destination *to, multiply_row *multiply) {
    for (uint32_t t = 0; t < a->tiles; ++t) {
        const lmk_tile tile = lmk_tile_at(a, t);
        for (uint32_t r = 0; r < tile.rows; ++r) {
            float sums[LMK_PANEL] = {0};
            multiply(m, lmk_panel_data(m, panel), &tile, r, sums);
            lmk_store_row(to, m, panel, tile.first_row + r, sums);
        }
    }
}

// MARK: Floating-point weights

/// Input k of a row: float [k][rows].
static float input_at(const lmk_tile *tile, uint32_t row, uint64_t k) {
    return ((const float *)tile->data)[k * tile->rows + row];
}

static void multiply_row_fp32(const lmk_matrix *m, const uint8_t *data, const lmk_tile *tile, uint32_t row,
                              float sums[LMK_PANEL]) {
    for (uint64_t k = 0; k < m->k; ++k) {
        const float *weights = (const float *)data + k * LMK_PANEL, x = input_at(tile, row, k);
        for (uint32_t c = 0; c < LMK_PANEL; ++c) sums[c] = fmaf(weights[c], x, sums[c]);
    }
}

static void multiply_row_fp16(const lmk_matrix *m, const uint8_t *data, const lmk_tile *tile, uint32_t row,
                              float sums[LMK_PANEL]) {
    for (uint64_t k = 0; k < m->k; ++k) {
        const uint16_t *weights = (const uint16_t *)data + k * LMK_PANEL;
        const float x = input_at(tile, row, k);
        for (uint32_t c = 0; c < LMK_PANEL; ++c) sums[c] = fmaf(lmk_widen_half(weights[c]), x, sums[c]);
    }
}

static void multiply_row_bf16(const lmk_matrix *m, const uint8_t *data, const lmk_tile *tile, uint32_t row,
                              float sums[LMK_PANEL]) {
    for (uint64_t k = 0; k < m->k; ++k) {
        const uint16_t *pairs = (const uint16_t *)data + k / 2 * (2 * LMK_PANEL) + k % 2;
        const float x = input_at(tile, row, k);
        for (uint32_t c = 0; c < LMK_PANEL; ++c) sums[c] = fmaf(lmk_widen_bfloat16(pairs[2 * c]), x, sums[c]);
    }
}

void lmk_generic_linear_fp32(const lmk_matrix *m, const lmk_activations *a, uint64_t panel,
                             const lmk_destination *to) {
    multiply_panel(m, a, panel, to, multiply_row_fp32);
}

void lmk_generic_linear_fp16(const lmk_matrix *m, const lmk_activations *a, uint64_t panel,
                             const lmk_destination *to) {
    multiply_panel(m, a, panel, to, multiply_row_fp16);
}

void lmk_generic_linear_bf16(const lmk_matrix *m, const lmk_activations *a, uint64_t panel,
                             const lmk_destination *to) {
    multiply_panel(m, a, panel, to, multiply_row_bf16);
}

// MARK: Integer weights

/// Quad q of a row: int8 [quad][rows][4].
static const int8_t *quad_at(const lmk_tile *tile, uint32_t row, uint64_t quad) {
    return (const int8_t *)tile->data + (quad * tile->rows + row) * LMK_QUAD;
}

static int32_t dot_s8(const int8_t *w, const int8_t *x) {
    return w[0] * x[0] + w[1] * x[1] + w[2] * x[2] + w[3] * x[3];
}

static void multiply_row_w8(const lmk_matrix *m, const uint8_t *data, const lmk_tile *tile, uint32_t row,
                            float sums[LMK_PANEL]) {
    const uint64_t groups = lmk_group_count(m);
    uint64_t first_quad = 0;
    for (uint64_t g = 0; g < groups; ++g) {
        const uint64_t quads = lmk_ceil_divide(lmk_group_length_at(m, g), LMK_QUAD);
        const uint8_t *values = data + lmk_group_header_bytes(LMK_W8, m->group);
        int32_t dot[LMK_PANEL] = {0};
        for (uint64_t quad = 0; quad < quads; ++quad) {
            const int8_t *weights = (const int8_t *)values + quad * LMK_PANEL_WORD_BYTES;
            const int8_t *x = quad_at(tile, row, first_quad + quad);
            for (uint32_t c = 0; c < LMK_PANEL; ++c) dot[c] += dot_s8(weights + c * LMK_QUAD, x);
        }
        const float scale = tile->scale[g * tile->rows + row];
        for (uint32_t c = 0; c < LMK_PANEL; ++c) {
            float weight_scale = m->group == 0 ? ((const float *)data)[c]
                                               : lmk_widen_half(((const uint16_t *)data)[c]);
            sums[c] = fmaf((float)dot[c], weight_scale * scale, sums[c]);
        }
        data = values + quads * LMK_PANEL_WORD_BYTES;
        first_quad += quads;
    }
}

static void multiply_row_w4(const lmk_matrix *m, const uint8_t *data, const lmk_tile *tile, uint32_t row,
                            float sums[LMK_PANEL]) {
    const uint64_t groups = lmk_group_count(m);
    uint64_t first_quad = 0;
    for (uint64_t g = 0; g < groups; ++g) {
        const uint64_t octets = lmk_group_length_at(m, g) / LMK_OCTET;
        const uint8_t *values = data + lmk_group_header_bytes(LMK_W4, m->group);
        int32_t dot[LMK_PANEL] = {0};
        for (uint64_t octet = 0; octet < octets; ++octet) {
            const uint8_t *packed = values + octet * LMK_PANEL_WORD_BYTES;
            const int8_t *x_low = quad_at(tile, row, first_quad + 2 * octet);
            const int8_t *x_high = quad_at(tile, row, first_quad + 2 * octet + 1);
            for (uint32_t c = 0; c < LMK_PANEL; ++c) {
                for (uint32_t i = 0; i < LMK_QUAD; ++i) {
                    uint8_t byte = packed[c * LMK_QUAD + i];
                    dot[c] += (byte & 15) * x_low[i] + (byte >> 4) * x_high[i];
                }
            }
        }
        const uint16_t *weight_scales = (const uint16_t *)data, *weight_offsets = weight_scales + LMK_PANEL;
        const float scale = tile->scale[g * tile->rows + row];
        const float scaled_sum = tile->scaled_sum[g * tile->rows + row];
        for (uint32_t c = 0; c < LMK_PANEL; ++c) {
            sums[c] = fmaf((float)dot[c], lmk_widen_half(weight_scales[c]) * scale, sums[c]);
            sums[c] = fmaf(lmk_widen_half(weight_offsets[c]), scaled_sum, sums[c]);
        }
        data = values + octets * LMK_PANEL_WORD_BYTES;
        first_quad += 2 * octets;
    }
}

void lmk_generic_linear_w8(const lmk_matrix *m, const lmk_activations *a, uint64_t panel,
                           const lmk_destination *to) {
    multiply_panel(m, a, panel, to, multiply_row_w8);
}

void lmk_generic_linear_w4(const lmk_matrix *m, const lmk_activations *a, uint64_t panel,
                           const lmk_destination *to) {
    multiply_panel(m, a, panel, to, multiply_row_w4);
}
