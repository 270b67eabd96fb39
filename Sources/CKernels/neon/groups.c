#if defined(__aarch64__)
#include <arm_neon.h>

#include "common/linear_layout.h"

#define LMK_GROUPS_LOOPS "neon/groups.h"
#include "common/groups.h"

LMK_GROUPS_DEFINE(neon)

void lmk_neon_groups_look_up(const int8_t table[16], int8_t *quants, uint64_t count) {
    enum { BYTES = sizeof(int8x16_t) };
    const int8x16_t entries = vld1q_s8(table);
    const uint64_t whole = count / BYTES * BYTES;
    for (uint64_t i = 0; i < whole; i += BYTES) {
        const uint8x16_t numbers = vandq_u8(vreinterpretq_u8_s8(vld1q_s8(quants + i)), vdupq_n_u8(15));
        vst1q_s8(quants + i, vqtbl1q_s8(entries, numbers));
    }
    lmk_groups_look_up_body(table, quants + whole, count - whole);
}
#endif
