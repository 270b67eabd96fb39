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

// As lmk_groups_*, with the code for `isa`, which the CPU must support.
void lmk_testing_groups_to_floats(lmk_isa isa, const lmk_grouped_row *row, float *out);
lmk_fit lmk_testing_groups_to_w4(lmk_isa isa, const lmk_grouped_row *row, int8_t center, uint8_t *quants,
                                 uint16_t *scales, uint16_t *offsets);
lmk_fit lmk_testing_groups_to_w8(lmk_isa isa, const lmk_grouped_row *row, int8_t *quants, float *scales);
void lmk_testing_groups_look_up(lmk_isa isa, const int8_t table[16], int8_t *quants, uint64_t count);

#ifdef __cplusplus
}
#endif
#endif
