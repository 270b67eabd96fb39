#if defined(__aarch64__)
#include "neon/vector.h"
#include "common/kv_quantize.h"
#include "common/vector_kernels.h"

#include "common/simd_kv_store.h"
#endif
