#if defined(__x86_64__)
#include <immintrin.h>

#include "common/linear_layout.h"

// The whole header is compiled for this instruction set: its loops are what there is to speed up.
#pragma clang attribute push(__attribute__((target("avx2,fma,f16c"))), apply_to = function)

#define LMK_GROUPS_LOOPS "avx2/groups.h"
#include "common/groups.h"

LMK_GROUPS_DEFINE(avx2)
#pragma clang attribute pop
#endif
