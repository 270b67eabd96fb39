#if defined(__x86_64__)
#include <math.h>

#include "avx2/vector.h"
#include "common/radix_sort.h"
#include "common/vector_kernels.h"

#include "common/simd_sampling.h"
#endif
