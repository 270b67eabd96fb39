#include "common/groups.h"

#include "include/lmk_testing.h"

// Every instruction set gives the same bits, so the fastest one is taken whatever the kernels' choice is. Those
// that have no code of their own run that of AVX2.
#if defined(__x86_64__)
#define LMK_GROUPS_CALL(isa, name, ...) \
    ((isa) == LMK_ISA_GENERIC ? lmk_generic_groups_##name(__VA_ARGS__) : lmk_avx2_groups_##name(__VA_ARGS__))
#elif defined(__aarch64__)
#define LMK_GROUPS_CALL(isa, name, ...) \
    ((isa) == LMK_ISA_GENERIC ? lmk_generic_groups_##name(__VA_ARGS__) : lmk_neon_groups_##name(__VA_ARGS__))
#else
#define LMK_GROUPS_CALL(isa, name, ...) ((void)(isa), lmk_generic_groups_##name(__VA_ARGS__))
#endif

static lmk_isa chosen(void) {
#if defined(__aarch64__)
    return LMK_ISA_NEON;  // needs no more than every CPU has
#else
    return lmk_isa_supported(LMK_ISA_AVX2) ? LMK_ISA_AVX2 : LMK_ISA_GENERIC;
#endif
}

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

void lmk_testing_groups_look_up(lmk_isa isa, const int8_t table[16], int8_t *quants, uint64_t count) {
    LMK_GROUPS_CALL(isa, look_up, table, quants, count);
}

void lmk_groups_to_floats(const lmk_grouped_row *row, float *out) {
    lmk_testing_groups_to_floats(chosen(), row, out);
}

lmk_fit lmk_groups_to_w4(const lmk_grouped_row *row, int8_t center, uint8_t *quants, uint16_t *scales,
                         uint16_t *offsets) {
    return lmk_testing_groups_to_w4(chosen(), row, center, quants, scales, offsets);
}

lmk_fit lmk_groups_to_w8(const lmk_grouped_row *row, int8_t *quants, float *scales) {
    return lmk_testing_groups_to_w8(chosen(), row, quants, scales);
}

void lmk_groups_look_up(const int8_t table[16], int8_t *quants, uint64_t count) {
    lmk_testing_groups_look_up(chosen(), table, quants, count);
}
