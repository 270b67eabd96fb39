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

typedef struct block_type {
    lmk_block_type code;
    int halves[2];  // where a block has halves, or -1
    bool four_bits;
} block_type;

static const block_type block_types[] = {
    {LMK_BLOCK_Q4_0, {0, -1}, true},    {LMK_BLOCK_Q4_1, {0, 2}, true},      {LMK_BLOCK_Q5_0, {0, -1}, false},
    {LMK_BLOCK_Q5_1, {0, 2}, false},    {LMK_BLOCK_Q8_0, {0, -1}, false},    {LMK_BLOCK_Q2_K, {80, 82}, false},
    {LMK_BLOCK_Q3_K, {108, -1}, false}, {LMK_BLOCK_Q4_K, {0, 2}, true},      {LMK_BLOCK_Q5_K, {0, 2}, false},
    {LMK_BLOCK_Q6_K, {208, -1}, false}, {LMK_BLOCK_IQ4_NL, {0, -1}, false},  {LMK_BLOCK_IQ4_XS, {0, -1}, false},
    {LMK_BLOCK_MXFP4, {-1, -1}, false},
};

/// Random blocks; with `problems` also such that do not fit.
static void fill_blocks(const block_type *type, uint8_t *blocks, uint64_t count, uint32_t bytes, bool problems) {
    for (uint64_t i = 0; i < count * bytes; i++) blocks[i] = (uint8_t)twin_bits();
    for (uint64_t block = 0; block < count; block++, blocks += bytes) {
        for (int h = 0; h < 2; h++) {
            // Up to 2^-4, and up to infinity and NaN.
            const uint16_t half = (uint16_t)(twin_bits() % (problems && twin_bits() % 8 == 0 ? 0x8000 : 0x2c00));
            if (type->halves[h] >= 0) memcpy(blocks + type->halves[h], &half, sizeof half);
        }
        if (type->code == LMK_BLOCK_MXFP4) blocks[0] = (uint8_t)(problems ? twin_bits() : 110 + twin_bits() % 20);
    }
}

static void check_blocks(twin_part *part, lmk_isa isa, const block_type *type, lmk_format format, uint32_t rows,
                         uint32_t count, bool problems) {
    uint32_t block_values, block_bytes, group;
    lmk_testing_block_shape(type->code, &block_values, &block_bytes, &group);
    const uint64_t k = (uint64_t)count * block_values, row_bytes = (uint64_t)count * block_bytes;
    uint8_t *source = twin_memory(rows * row_bytes);
    fill_blocks(type, source, (uint64_t)rows * count, block_bytes, problems);
    const void *sources[64];
    for (uint32_t r = 0; r < rows; r++) sources[r] = source + r * row_bytes;
    const lmk_isa isas[] = {isa, LMK_ISA_GENERIC};
    const lmk_matrix m = {format, 32, rows, k, NULL};
    const size_t bytes = lmk_matrix_bytes(format, 32, rows, k);
    uint8_t *panels[2];
    float *floats[2];
    lmk_fit fits[2];
    uint64_t failed[2] = {0, 0};
    for (int i = 0; i < 2; i++) {
        panels[i] = memset(twin_memory(bytes), 0, bytes);
        floats[i] = twin_memory(k * sizeof(float));
        fits[i] = lmk_testing_pack_blocks(isas[i], &m, panels[i], 0, rows, type->code, sources, &failed[i]);
        lmk_testing_blocks_to_floats(isas[i], type->code, source, k, floats[i]);
    }
    twin_equal_bytes(part, &fits[0], &fits[1], sizeof *fits, "fit of blocks", k);
    twin_equal_bytes(part, &failed[0], &failed[1], sizeof *failed, "failed row", k);
    twin_equal_floats(part, floats[0], floats[1], k, "floats of blocks", k);
    twin_print_floats(part, floats[0], k);
    // What does not fit has no defined panel.
    if (fits[1] == LMK_FIT_OK) {
        twin_equal_bytes(part, panels[0], panels[1], bytes, "panels of blocks", k);
        twin_print_bytes(part, panels[0], bytes);
    }
    for (int i = 0; i < 2; i++) free(panels[i]), free(floats[i]);
    free(source);
}

void twins_blocks(const twin_set *set) {
    twin_part part = twin_begin(set, "blocks");
    for (size_t t = 0; t < sizeof block_types / sizeof *block_types; t++) {
        uint32_t values, bytes, group;
        lmk_testing_block_shape(block_types[t].code, &values, &bytes, &group);
        // Shorter than a chunk of 512 values, longer, and longer than two.
        const uint32_t counts[] = {1, 768 / values, 1280 / values};
        for (int c = 0; c < 3; c++)
            for (uint32_t rows = 1; rows <= 61; rows += 20)
                for (int problems = 0; problems < 2; problems++) {
                    const lmk_isa isa = set->kernels->isa;
                    check_blocks(&part, isa, &block_types[t], LMK_W8, rows, counts[c], problems == 1);
                    if (!block_types[t].four_bits) continue;
                    check_blocks(&part, isa, &block_types[t], LMK_W4, rows, counts[c], problems == 1);
                }
    }
    twin_end(&part);
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
    twin_end(&part);
}
