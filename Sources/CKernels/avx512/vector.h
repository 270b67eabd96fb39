// Sixteen lanes of AVX-512 for the kernels in `common/simd_*.h`. With LMK_EMULATE_AVX512 the compiler
// splits them into AVX2 halves: the same results on machines that have no AVX-512.
#ifndef LMK_AVX512_VECTOR_H
#define LMK_AVX512_VECTOR_H

#define LMK_LANES 16
#define LMK_ISA_NAME(name) lmk_avx512_##name
#if defined(LMK_EMULATE_AVX512)
#define LMK_TARGET "avx2,fma,f16c"
#else
#define LMK_TARGET "avx512f,avx512bw,avx512vl,avx512dq,avx512vnni,fma,f16c"
#endif
// 32 registers: 6 queries x 4 vectors of accumulators, 4 vectors of the page, coefficients.
#define LMK_QUERY_BLOCK 6

#include "common/simd_vector.h"

#endif
