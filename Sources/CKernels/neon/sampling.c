#if defined(__aarch64__)
#include <math.h>

#include "neon/vector.h"
#include "common/radix_sort.h"
#include "common/vector_kernels.h"

#include "common/simd_sampling.h"
#endif
