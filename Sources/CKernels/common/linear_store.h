// Writing a panel's results: the last step of every linear kernel, the same on every instruction set.
#ifndef LMK_LINEAR_STORE_H
#define LMK_LINEAR_STORE_H

#include "common/linear_layout.h"

// A loop for each case, none of which decides anything inside: they are plain vector code.
static inline __attribute__((always_inline)) void lmk_store_columns(
    const lmk_destination *to, float *restrict output, uint64_t first_column, const float *restrict values,
    uint32_t columns) {
    const float *restrict bias = to->bias == NULL ? NULL : to->bias + first_column;
    if (bias == NULL && !to->accumulate) {
        for (uint32_t c = 0; c < columns; ++c) output[c] = values[c];
    } else if (bias == NULL) {
        for (uint32_t c = 0; c < columns; ++c) output[c] = output[c] + values[c];
    } else if (!to->accumulate) {
        for (uint32_t c = 0; c < columns; ++c) output[c] = values[c] + bias[c];
    } else {
        for (uint32_t c = 0; c < columns; ++c) output[c] = output[c] + (values[c] + bias[c]);
    }
}

/// Stores `values`, one row's 32 results of panel `panel`: plus bias, then onto the residual.
static inline void lmk_store_row(const lmk_destination *to, const lmk_matrix *m, uint64_t panel, uint64_t row,
                                 const float *values) {
    uint64_t first_column = panel * LMK_PANEL;
    uint32_t columns = lmk_panel_columns(m, panel);
    float *output = to->output + row * to->stride + first_column;
    // A constant bound lets the compiler vectorise full panels.
    if (columns == LMK_PANEL) {
        lmk_store_columns(to, output, first_column, values, LMK_PANEL);
    } else {
        lmk_store_columns(to, output, first_column, values, columns);
    }
}

#endif
