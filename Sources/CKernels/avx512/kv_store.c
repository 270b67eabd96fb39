#if defined(__x86_64__)
#include "avx512/vector.h"
#include "common/kv_quantize.h"
#include "common/vector_kernels.h"

#include "common/simd_kv_store.h"
#endif
