#if defined(__x86_64__)
#include <float.h>
#include <math.h>

#define LMK_ISA_NAME(name) lmk_avxvnni_##name
#define LMK_VNNI
#include "avx2/vector.h"
#include "common/attention_scratch.h"
#include "common/vector_kernels.h"

#include "common/simd_attention.h"
#endif
