#if defined(__x86_64__)
#include <immintrin.h>

#include "common/pack.h"

// The whole header is compiled for this instruction set: its loops are what there is to speed up.
#pragma clang attribute push(__attribute__((target("avx2,fma,f16c"))), apply_to = function)

#define LMK_GROUPS_LOOPS "avx2/groups.h"
#define LMK_BLOCKS_LOOPS "avx2/blocks.h"
#include "common/block_rows.h"

LMK_BLOCKS_DEFINE(avx2)
#pragma clang attribute pop
#endif
