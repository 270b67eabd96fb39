#include "common/groups.h"

#if defined(__x86_64__)
#define LMK_GROUPS_CALL(isa, name, ...) \
    ((isa) == LMK_ISA_GENERIC ? lmk_generic_groups_##name(__VA_ARGS__) : lmk_avx2_groups_##name(__VA_ARGS__))
#elif defined(__aarch64__)
#define LMK_GROUPS_CALL(isa, name, ...) \
    ((isa) == LMK_ISA_GENERIC ? lmk_generic_groups_##name(__VA_ARGS__) : lmk_neon_groups_##name(__VA_ARGS__))
#else
#define LMK_GROUPS_CALL(isa, name, ...) ((void)(isa), lmk_generic_groups_##name(__VA_ARGS__))
#endif

void lmk_testing_groups_to_floats(lmk_isa isa, const lmk_grouped_row *row, float *out) {
    LMK_GROUPS_CALL(isa, to_floats, row, out);
}

lmk_fit lmk_testing_groups_to_w4(lmk_isa isa, const lmk_grouped_row *row, int8_t center, uint8_t *quants,
                                 uint16_t *scales, uint16_t *offsets) {
    return LMK_GROUPS_CALL(isa, to_w4, row, center, quants, scales, offsets);
}

lmk_fit lmk_testing_groups_to_w8(lmk_isa isa, const lmk_grouped_row *row, int8_t *quants, float *scales) {
    return LMK_GROUPS_CALL(isa, to_w8, row, quants, scales);
}
