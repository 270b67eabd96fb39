// Entry points for tests and measurements. The engine goes through the command stream in `lmk.h`.
#ifndef LMK_TESTING_H
#define LMK_TESTING_H

#include "lmk.h"

#ifdef __cplusplus
extern "C" {
#endif

/// Most rows in an activation tile of the format's kernels.
uint32_t lmk_testing_tile_rows(const lmk_kernels *kernels, lmk_format format);

/// A linear layer's input rows, encoded for one weight matrix.
typedef struct lmk_testing_inputs lmk_testing_inputs;
/// Encodes `rows` rows of x, `stride` floats apart, in tiles of at most `tile_rows` rows (0: the
/// kernels' own choice, which is also the most). NULL when out of memory or when tile_rows is too large.
lmk_testing_inputs *lmk_testing_encode(const lmk_kernels *kernels, const lmk_matrix *m, const float *x,
                                       size_t stride, uint32_t rows, uint32_t tile_rows);
void lmk_testing_free(lmk_testing_inputs *inputs);

/// output[r][0..<n] = inputs[r] * m^T (+ bias) (+ output[r]), on the calling thread.
void lmk_testing_linear(const lmk_kernels *kernels, const lmk_matrix *m, const lmk_testing_inputs *inputs,
                        const float *bias, bool accumulate, float *output, size_t stride);

// With the code for `isa`, which the CPU must support.
// As lmk_blocks_to_floats and lmk_pack_blocks.
void lmk_testing_blocks_to_floats(lmk_isa isa, lmk_block_type type, const void *source, uint64_t count,
                                  float *out);
lmk_fit lmk_testing_pack_blocks(lmk_isa isa, const lmk_matrix *m, uint8_t *data, uint64_t row0, uint64_t rows,
                                lmk_block_type type, const void *const *sources, uint64_t *failed_row);

// What blocks become in between, with the code for `isa`.

/// Values of a block of the type, its bytes, and values that share a scale.
void lmk_testing_block_shape(lmk_block_type type, uint32_t *values, uint32_t *bytes, uint32_t *group);
/// Decodes consecutive blocks to integers, one for each value, and scales and offsets, one for each group.
/// With `products`, integers that are small enough to take up their group's own integer scale do.
void lmk_testing_blocks_decode(lmk_isa isa, lmk_block_type type, bool products, const void *source,
                               uint32_t blocks, int8_t *quants, float *scales, float *offsets);

/// A row of small integers with a scale and an offset for each group: w = q * scale + offset, rounded after
/// the product and after the sum. Symmetric rows have -0 as their offsets.
typedef struct lmk_grouped_row {
    const int8_t *quants;
    const float *scales;
    const float *offsets;
    uint32_t group;  // 16 or 32
    uint64_t count;  // values in the row, a multiple of 32
} lmk_grouped_row;

void lmk_testing_groups_to_floats(lmk_isa isa, const lmk_grouped_row *row, float *out);
/// For lmk_pack_w4 with groups of 32, group 32 and q + center in 0...15. Scale and offset are rounded to
/// fp16.
lmk_fit lmk_testing_groups_to_w4(lmk_isa isa, const lmk_grouped_row *row, int8_t center, uint8_t *quants,
                                 uint16_t *scales, uint16_t *offsets);
/// For lmk_pack_w8 with groups of 32: q as it is where a group of 32 has one scale, which fp16 holds to 2^-11
/// of itself, and no offset; else the values rounded to multiples of an fp16 number near the largest
/// magnitude / 127.
lmk_fit lmk_testing_groups_to_w8(lmk_isa isa, const lmk_grouped_row *row, int8_t *quants, float *scales);

#ifdef __cplusplus
}
#endif
#endif
