#if defined(__x86_64__)
#include <float.h>
#include <math.h>

#define LMK_VNNI
#include "avx512/vector.h"
#include "common/attention_scratch.h"
#include "common/vector_kernels.h"

#include "common/simd_attention.h"
#endif
