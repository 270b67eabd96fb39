#include "include/lmk_testing.h"

#include "common/linear_layout.h"

#include <stdlib.h>

struct lmk_testing_inputs {
    lmk_activations activations;
};

uint32_t lmk_testing_tile_rows(const lmk_kernels *kernels, lmk_format format) {
    return kernels->tile_rows[format];
}

lmk_testing_inputs *lmk_testing_encode(const lmk_kernels *kernels, const lmk_matrix *m, const float *x,
                                       size_t stride, uint32_t rows, uint32_t tile_rows) {
    if (rows == 0 || tile_rows > kernels->tile_rows[m->format]) return NULL;
    lmk_testing_inputs *inputs = calloc(1, sizeof *inputs);
    if (inputs == NULL) return NULL;
    lmk_activations *a = &inputs->activations;
    const lmk_encoding encoding = kernels->encoding[m->format];
    lmk_activations_shape(a, encoding, m, rows, tile_rows == 0 ? kernels->tile_rows[m->format] : tile_rows);
    a->data = malloc(a->row_bytes * rows);
    a->scale = malloc(sizeof(float) * a->groups * rows);
    a->scaled_sum = malloc(sizeof(float) * a->groups * rows);
    if (a->data == NULL || a->scale == NULL || a->scaled_sum == NULL) {
        lmk_testing_free(inputs);
        return NULL;
    }
    for (uint32_t tile = 0; tile < a->tiles; ++tile) {
        for (uint32_t r = 0; r < lmk_tile_count(a, tile); ++r) {
            kernels->encode_row[encoding](a, tile, r, x + (lmk_tile_first(a, tile) + r) * stride);
        }
    }
    return inputs;
}

void lmk_testing_free(lmk_testing_inputs *inputs) {
    if (inputs == NULL) return;
    free(inputs->activations.data);
    free(inputs->activations.scale);
    free(inputs->activations.scaled_sum);
    free(inputs);
}

void lmk_testing_linear(const lmk_kernels *kernels, const lmk_matrix *m, const lmk_testing_inputs *inputs,
                        const float *bias, bool accumulate, float *output, size_t stride) {
    const lmk_destination to = {.output = output, .stride = stride, .bias = bias, .accumulate = accumulate};
    for (uint64_t panel = 0; panel < lmk_panel_count(m); ++panel) {
        kernels->linear_panel[m->format](m, &inputs->activations, panel, &to);
    }
}
