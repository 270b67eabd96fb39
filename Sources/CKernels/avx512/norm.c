#if defined(__x86_64__)
#include <math.h>

#include "avx512/vector.h"
#include "common/vector_kernels.h"

#include "common/simd_norm.h"
#endif
