#include "common/block_rows.h"

LMK_BLOCKS_DEFINE(generic)
