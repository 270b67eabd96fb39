#if defined(__x86_64__)
#include "avx512/vector.h"
#include "common/vector_kernels.h"

#include "common/simd_activation.h"
#endif
