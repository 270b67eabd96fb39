// Geometry of packed weight panels and of encoded activations, shared by every instruction set.
// `include/lmk.h` documents the panel layouts, `common/kernels.h` the activation layouts; this file
// is the only place that turns those descriptions into byte offsets.
#ifndef LMK_LINEAR_LAYOUT_H
#define LMK_LINEAR_LAYOUT_H

#include "common/kernels.h"

#include <string.h>

_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "packed nibbles and quads are little endian");

enum {
    // Consecutive inputs that one 32-bit dot-product lane holds.
    LMK_QUAD = 4,
    // Inputs per 32-bit lane of packed nibbles: a quad in the low nibbles, the next one in the high.
    LMK_OCTET = 8,
    // Longest quantisation group, and the smallest: every grouped length is a multiple of it.
    LMK_GROUP_MAXIMUM = 128,
    LMK_GROUP_MINIMUM = 32,
    // Longest k of per-channel W8: 128 * 127 * 2^17 = 2130706432 is the last power of two of k for
    // which the worst dot product still fits an int32.
    LMK_W8_CHANNEL_K_MAXIMUM = 1 << 17,
    // Bytes of a panel row: of halves, and of words (floats, quads of int8, octets of nibbles).
    LMK_PANEL_HALF_BYTES = LMK_PANEL * 2,
    LMK_PANEL_WORD_BYTES = LMK_PANEL * 4,
    // How far ahead of the stream the M = 1 kernels prefetch: 100 ns of memory latency at 40 GB/s.
    LMK_PREFETCH_BYTES = 4096,
};

static inline uint64_t lmk_ceil_divide(uint64_t value, uint64_t divisor) {
    return value / divisor + (value % divisor != 0);
}

// MARK: Weights

static inline bool lmk_format_is_float(lmk_format format) {
    return format == LMK_FP32 || format == LMK_FP16 || format == LMK_BF16;
}

/// Inputs that share a scale: all of them in a per-channel or floating-point matrix.
static inline uint64_t lmk_group_length(const lmk_matrix *m) {
    return m->group == 0 ? m->k : m->group;
}

static inline uint64_t lmk_group_count(const lmk_matrix *m) {
    return m->group == 0 ? 1 : lmk_ceil_divide(m->k, m->group);
}

/// Length of group `group`: the last one may be short.
static inline uint64_t lmk_group_length_at(const lmk_matrix *m, uint64_t group) {
    uint64_t length = lmk_group_length(m), left = m->k - group * length;
    return left < length ? left : length;
}

static inline uint64_t lmk_panel_count(const lmk_matrix *m) {
    return lmk_ceil_divide(m->n, LMK_PANEL);
}

/// Columns of panel `panel` that exist; the packed rest is zero.
static inline uint32_t lmk_panel_columns(const lmk_matrix *m, uint64_t panel) {
    uint64_t left = m->n - panel * LMK_PANEL;
    return left < LMK_PANEL ? (uint32_t)left : LMK_PANEL;
}

static inline const uint8_t *lmk_panel_data(const lmk_matrix *m, uint64_t panel) {
    return m->data + panel * lmk_panel_bytes(m->format, m->group, m->k);
}

/// Packed bytes that the multiplication of others asks the memory for.
typedef struct lmk_ahead {
    const uint8_t *bytes;
    size_t count;
} lmk_ahead;

/// The `part`th of `parts` shares of `count` bytes: what one of several tiles fetches for the next panel or block.
static inline lmk_ahead lmk_ahead_share(const uint8_t *bytes, size_t count, uint32_t part, uint32_t parts) {
    const size_t start = count * part / parts;
    return (lmk_ahead){bytes + start, count * (part + 1) / parts - start};
}

/// Bytes of a share for each of a tile's `steps`. A few with every step, and no wait for memory shows; all of a
/// share at once would wait for the lines that a core can have under way.
static inline size_t lmk_ahead_step(lmk_ahead ahead, uint64_t steps) {
    return steps == 0 ? 0 : (size_t)lmk_ceil_divide(ahead.count, steps);
}

/// Bytes in front of a quantised group's values: W4 scale and offset, W8 scale.
static inline size_t lmk_group_header_bytes(lmk_format format, uint32_t group) {
    if (format == LMK_W4) return 2 * LMK_PANEL_HALF_BYTES;
    return group == 0 ? LMK_PANEL_WORD_BYTES : LMK_PANEL_HALF_BYTES;
}

/// Bytes of a quantised group's values.
static inline size_t lmk_group_value_bytes(lmk_format format, uint64_t length) {
    return format == LMK_W4 ? length / LMK_OCTET * LMK_PANEL_WORD_BYTES
                            : lmk_ceil_divide(length, LMK_QUAD) * LMK_PANEL_WORD_BYTES;
}

/// Bytes from one full group of a panel to the next.
static inline size_t lmk_group_stride(const lmk_matrix *m) {
    return lmk_group_header_bytes(m->format, m->group) +
           lmk_group_value_bytes(m->format, lmk_group_length(m));
}

// MARK: Activations

/// Bytes of one encoded row of k inputs.
static inline size_t lmk_encoded_row_bytes(lmk_encoding encoding, uint64_t k) {
    switch (encoding) {
    case LMK_ENCODE_FP32: return k * sizeof(float);
    case LMK_ENCODE_BF16: return lmk_ceil_divide(k, 2) * 4;
    case LMK_ENCODE_INT8: return lmk_ceil_divide(k, LMK_QUAD) * LMK_QUAD;
    }
    return 0;
}

/// Fills in everything but the three pointers for `rows` input rows of `m`, in tiles of at most `tile_rows`.
static inline void lmk_activations_shape(lmk_activations *a, lmk_encoding encoding, const lmk_matrix *m,
                                         uint32_t rows, uint32_t tile_rows) {
    a->encoding = encoding;
    a->rows = rows;
    a->group = (uint32_t)lmk_group_length(m);
    a->groups = (uint32_t)lmk_group_count(m);
    a->tile_rows = tile_rows;
    a->tiles = (uint32_t)lmk_ceil_divide(rows, tile_rows);
    a->k = m->k;
    a->row_bytes = lmk_encoded_row_bytes(encoding, m->k);
}

/// One tile of encoded rows.
typedef struct lmk_tile {
    const uint8_t *data;      // [k step][rows][4 bytes]
    const float *scale;       // [group][rows]
    const float *scaled_sum;  // [group][rows]
    uint32_t first_row;
    uint32_t rows;
} lmk_tile;

static inline lmk_tile lmk_tile_at(const lmk_activations *a, uint32_t tile) {
    uint32_t first = lmk_tile_first(a, tile);
    size_t group_offset = (size_t)first * a->groups;
    bool quantised = a->encoding == LMK_ENCODE_INT8;
    return (lmk_tile){
        .data = a->data + first * a->row_bytes,
        .scale = quantised ? a->scale + group_offset : NULL,
        .scaled_sum = quantised ? a->scaled_sum + group_offset : NULL,
        .first_row = first,
        .rows = lmk_tile_count(a, tile),
    };
}

// MARK: Unaligned access

static inline uint32_t lmk_load_u32(const void *p) {
    uint32_t value;
    memcpy(&value, p, sizeof value);
    return value;
}

static inline uint64_t lmk_load_u64(const void *p) {
    uint64_t value;
    memcpy(&value, p, sizeof value);
    return value;
}

static inline void lmk_store_u32(void *p, uint32_t value) {
    memcpy(p, &value, sizeof value);
}

static inline uint32_t lmk_float_bits(float f) {
    uint32_t bits;
    memcpy(&bits, &f, sizeof bits);
    return bits;
}

static inline float lmk_float_from_bits(uint32_t bits) {
    float f;
    memcpy(&f, &bits, sizeof f);
    return f;
}

#endif
