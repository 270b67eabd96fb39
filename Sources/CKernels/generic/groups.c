#include "common/groups.h"

LMK_GROUPS_DEFINE(generic)

void lmk_generic_groups_look_up(const int8_t table[16], int8_t *quants, uint64_t count) {
    lmk_groups_look_up_body(table, quants, count);
}
