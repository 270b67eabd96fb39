// Integer weights times one row, on SDOT, for every kernel of this folder: it reads the packed stream once
// and is bound by memory, so SMMLA, half of which one row would leave empty, has nothing to add.
#ifndef LMK_NEON_LINEAR_ROWS_H
#define LMK_NEON_LINEAR_ROWS_H

#include "common/linear_kernels.h"

lmk_linear_panel lmk_neon_linear_row_w8;
lmk_linear_panel lmk_neon_linear_row_w4;

#endif
