#if defined(__aarch64__)
#include <arm_neon.h>

#include "common/linear_layout.h"

#define LMK_GROUPS_LOOPS "neon/groups.h"
#include "common/groups.h"

LMK_GROUPS_DEFINE(neon)
#endif
