#if defined(__aarch64__)
#include "neon/vector.h"
#include "common/vector_kernels.h"

#include "common/simd_rope.h"
#endif
