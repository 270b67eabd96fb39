// From a checkpoint's groups to floats and to packed groups: the bits of plain C for every row.
#include "include/lmk_testing.h"
#include "twins.h"

#include <math.h>

enum { MOST_GROUPS = 41, MOST_VALUES = MOST_GROUPS * 32 };

typedef struct row {
    int8_t quants[MOST_VALUES];
    float scales[MOST_VALUES / 16];
    float offsets[MOST_VALUES / 16];
    lmk_grouped_row view;
} row;

/// Of all sizes, from subnormal to beyond fp16; with `problems`, some that are too large or no number.
static float number(bool problems) {
    static const float sizes[] = {1000, 1, 0x1p-14f, 0x1p-24f, 0x1p-130f, 0};
    static const float bad[] = {NAN, INFINITY, -INFINITY, 0x1p127f, 0x1p120f, 65520, 70000};
    if (problems && twin_bits() % 40 == 0) return bad[twin_bits() % 7];
    const float value = twin_uniform(1) * sizes[twin_bits() % 6];
    return twin_bits() % 2 == 0 ? value : lmk_half_to_float(lmk_float_to_half(value));
}

static void fill(row *r, uint32_t groups, uint32_t group, int least, int largest, bool problems) {
    const uint32_t parts = groups * 32 / group;
    for (uint32_t i = 0; i < groups * 32; i++)
        r->quants[i] = (int8_t)(least + (int)(twin_bits() % (uint64_t)(largest - least + 1)));
    for (uint32_t p = 0; p < parts; p++) {
        r->scales[p] = p % 5 < 2 && p > 0 ? r->scales[p - 1] : number(problems);
        r->offsets[p] = p % 3 == 0 ? -0.0f : number(problems);
    }
    r->view = (lmk_grouped_row){r->quants, r->scales, r->offsets, group, (uint64_t)groups * 32};
}

static void check_row(twin_part *part, lmk_isa isa, const row *r, int8_t center) {
    static float floats[2][MOST_VALUES], scales[2][MOST_GROUPS];
    static int8_t quants[2][MOST_VALUES];
    static uint8_t nibbles[2][MOST_VALUES];
    static uint16_t halves[2][2][MOST_GROUPS];
    const lmk_isa isas[] = {isa, LMK_ISA_GENERIC};
    const uint64_t count = r->view.count;
    lmk_fit w8[2], w4[2] = {LMK_FIT_OK, LMK_FIT_OK};
    memset(nibbles, 0, sizeof nibbles);
    memset(halves, 0, sizeof halves);
    for (int i = 0; i < 2; i++) {
        lmk_testing_groups_to_floats(isas[i], &r->view, floats[i]);
        w8[i] = lmk_testing_groups_to_w8(isas[i], &r->view, quants[i], scales[i]);
        if (r->view.group != 32) continue;
        w4[i] = lmk_testing_groups_to_w4(isas[i], &r->view, center, nibbles[i], halves[i][0], halves[i][1]);
    }
    twin_equal_floats(part, floats[0], floats[1], count, "floats", count);
    twin_print_floats(part, floats[0], count);
    twin_equal_bytes(part, &w8[0], &w8[1], sizeof *w8, "w8 fit", count);
    twin_equal_bytes(part, &w4[0], &w4[1], sizeof *w4, "w4 fit", count);
    // What does not fit has no defined values.
    if (w8[1] == LMK_FIT_OK) {
        twin_equal_bytes(part, quants[0], quants[1], count, "w8 values", count);
        twin_equal_floats(part, scales[0], scales[1], count / 32, "w8 scales", count);
        twin_print_bytes(part, quants[0], count);
        twin_print_floats(part, scales[0], count / 32);
    }
    if (w4[1] == LMK_FIT_OK) {
        twin_equal_bytes(part, nibbles[0], nibbles[1], count, "w4 values", count);
        twin_equal_bytes(part, halves[0], halves[1], sizeof halves[0], "w4 scales and offsets", count);
        twin_print_bytes(part, nibbles[0], count);
        twin_print_bytes(part, halves[0], sizeof halves[0]);
    }
}

static void check_look_up(twin_part *part, lmk_isa isa) {
    int8_t table[16], quants[2][101];
    for (int i = 0; i < 16; i++) table[i] = (int8_t)(i * i - 100);
    for (uint64_t count = 0; count <= 100; count++) {
        for (uint64_t i = 0; i <= 100; i++) quants[0][i] = quants[1][i] = (int8_t)(twin_bits() % 16);
        lmk_testing_groups_look_up(isa, table, quants[0], count);
        lmk_testing_groups_look_up(LMK_ISA_GENERIC, table, quants[1], count);
        twin_equal_bytes(part, quants[0], quants[1], sizeof quants[0], "table", count);
    }
}

void twins_groups(const twin_set *set) {
    static const uint32_t groups[] = {1, 2, 7, 8, 15, 16, 17, 31, 33, 40, MOST_GROUPS};
    static row r;
    twin_part part = twin_begin(set, "groups");
    for (size_t i = 0; i < sizeof groups / sizeof *groups; i++)
        for (uint32_t group = 16; group <= 32; group += 16)
            for (int repetition = 0; repetition < 12; repetition++) {
                const bool is_wide = repetition % 3 == 0;
                const int8_t center = repetition % 3 == 1 ? 8 : 0;
                fill(&r, groups[i], group, is_wide ? -128 : -center, is_wide ? 127 : 15 - center,
                     repetition % 4 == 3);
                check_row(&part, set->kernels->isa, &r, center);
            }
    check_look_up(&part, set->kernels->isa);
    twin_end(&part);
}
