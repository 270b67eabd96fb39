#if defined(__aarch64__)
#include <arm_neon.h>

#include "common/pack.h"

#define LMK_GROUPS_LOOPS "neon/groups.h"
#define LMK_BLOCKS_LOOPS "neon/blocks.h"
#include "common/block_rows.h"

LMK_BLOCKS_DEFINE(neon)
#endif
