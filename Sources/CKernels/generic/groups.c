#include "common/groups.h"

LMK_GROUPS_DEFINE(generic)
