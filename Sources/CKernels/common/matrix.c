#include "common/linear_layout.h"

/// Whether the format can hold a matrix with k inputs in groups of `group`.
static bool representable(lmk_format format, uint32_t group, uint64_t k) {
    const bool known_group = group == 32 || group == 64 || group == 128;
    switch (format) {
    case LMK_FP32:
    case LMK_FP16:
    case LMK_BF16: return true;
    case LMK_W8:
        if (group == 0) return k <= LMK_W8_CHANNEL_K_MAXIMUM;
        return known_group && k % LMK_GROUP_MINIMUM == 0;
    case LMK_W4: return known_group && k % LMK_GROUP_MINIMUM == 0;
    }
    return false;
}

/// As lmk_panel_bytes, false where the result does not fit.
static bool panel_bytes(lmk_format format, uint32_t group, uint64_t k, uint64_t *bytes) {
    // At most 4 bytes per value and, per group of at least 32 values, 128 more: nothing below overflows.
    if (k == 0 || k > UINT64_MAX / (16 * LMK_PANEL) || !representable(format, group, k)) return false;
    switch (format) {
    case LMK_FP32: *bytes = k * LMK_PANEL_WORD_BYTES; return true;
    case LMK_FP16: *bytes = k * LMK_PANEL_HALF_BYTES; return true;
    case LMK_BF16: *bytes = lmk_ceil_divide(k, 2) * LMK_PANEL_WORD_BYTES; return true;
    case LMK_W8:
    case LMK_W4:
        *bytes = lmk_ceil_divide(k, group == 0 ? k : group) * lmk_group_header_bytes(format, group) +
                 lmk_group_value_bytes(format, k);
        return true;
    }
    return false;
}

size_t lmk_panel_bytes(lmk_format format, uint32_t group, uint64_t k) {
    uint64_t bytes;
    return panel_bytes(format, group, k, &bytes) && bytes <= SIZE_MAX ? (size_t)bytes : 0;
}

size_t lmk_matrix_bytes(lmk_format format, uint32_t group, uint64_t n, uint64_t k) {
    uint64_t panel, total;
    if (n == 0 || !panel_bytes(format, group, k, &panel)) return 0;
    if (__builtin_mul_overflow(panel, lmk_ceil_divide(n, LMK_PANEL), &total) || total > SIZE_MAX) return 0;
    return (size_t)total;
}
