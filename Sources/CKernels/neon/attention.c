#if defined(__aarch64__)
#include <float.h>
#include <math.h>

#include "neon/vector.h"
#include "common/attention_scratch.h"
#include "common/vector_kernels.h"

#include "common/simd_attention.h"
#endif
