// Eight lanes of AVX2 for the kernels in `common/simd_*.h`.
#ifndef LMK_AVX2_VECTOR_H
#define LMK_AVX2_VECTOR_H

#define LMK_LANES 8
#define LMK_ISA_NAME(name) lmk_avx2_##name
#define LMK_TARGET "avx2,fma,f16c"
// 16 registers: 3 queries x 4 vectors of accumulators, 3 coefficients, 1 vector of the page.
#define LMK_QUERY_BLOCK 3

#include "common/simd_vector.h"

#endif
