// Packed weights from one matrix into another of the same format, bit for bit.
#include "common/linear_layout.h"

uint32_t lmk_column_unit(lmk_format format, uint32_t group) {
    switch (format) {
    case LMK_FP32:
    case LMK_FP16: return 1;
    case LMK_BF16: return 2;
    case LMK_W8:
    case LMK_W4: return group == 0 ? LMK_QUAD : group;
    }
    return 0;
}

/// Some columns of a panel: where a piece of them begins, from the panel's own beginning.
typedef struct piece {
    const uint8_t *source;
    uint8_t *target;
    /// Bytes of a column in a row of the panel.
    uint32_t column_bytes;
} piece;

/// Copies `rows` rows of panels, each `count` columns wide.
static void copy_rows(piece p, uint32_t from, uint32_t to, uint32_t count, uint64_t rows) {
    const size_t stride = (size_t)p.column_bytes * LMK_PANEL, bytes = (size_t)p.column_bytes * count;
    const uint8_t *source = p.source + (size_t)from * p.column_bytes;
    uint8_t *target = p.target + (size_t)to * p.column_bytes;
    if (bytes == stride) {
        memcpy(target, source, rows * stride);
        return;
    }
    for (uint64_t row = 0; row < rows; ++row) memcpy(target + row * stride, source + row * stride, bytes);
}

/// As copy_rows for the rows of a panel that hold floats.
static void copy_floats(const lmk_matrix *m, piece p, uint32_t from, uint32_t to, uint32_t count,
                        const lmk_columns *columns) {
    const uint64_t unit = lmk_column_unit(m->format, 0);
    p.column_bytes = m->format == LMK_FP16 ? 2 : 4;
    const size_t stride = (size_t)p.column_bytes * LMK_PANEL;
    p.source += columns->source / unit * stride;
    p.target += columns->target / unit * stride;
    copy_rows(p, from, to, count, lmk_ceil_divide(columns->count, unit));
}

/// As copy_rows for groups of integers with what stands in front of them.
static void copy_groups(const lmk_matrix *m, piece p, uint32_t from, uint32_t to, uint32_t count,
                        const lmk_columns *columns) {
    const uint32_t header_rows = m->format == LMK_W4 ? 2 : 1;
    const uint64_t length = m->group == 0 ? columns->count : m->group;
    const size_t header = lmk_group_header_bytes(m->format, m->group);
    // Without groups there is one header, and columns begin at a quad behind it.
    const size_t stride = m->group == 0 ? LMK_PANEL_WORD_BYTES : lmk_group_stride(m);
    const uint64_t unit = lmk_column_unit(m->format, m->group);
    for (uint64_t done = 0; done < columns->count; done += length) {
        const uint64_t left = columns->count - done;
        const size_t source = (columns->source + done) / unit * stride;
        const size_t target = (columns->target + done) / unit * stride;
        piece head = {p.source + (m->group == 0 ? 0 : source), p.target + (m->group == 0 ? 0 : target),
                      (uint32_t)(header / header_rows / LMK_PANEL)};
        copy_rows(head, from, to, count, header_rows);
        piece values = {p.source + header + source, p.target + header + target, 4};
        copy_rows(values, from, to, count,
                  lmk_group_value_bytes(m->format, left < length ? left : length) / LMK_PANEL_WORD_BYTES);
    }
}

void lmk_copy_packed(const lmk_matrix *m, uint8_t *data, uint64_t row, const lmk_matrix *source,
                     uint64_t source_row, uint64_t rows, lmk_columns columns) {
    const size_t source_bytes = lmk_panel_bytes(source->format, source->group, source->k);
    const size_t target_bytes = lmk_panel_bytes(m->format, m->group, m->k);
    while (rows > 0) {
        const uint32_t from = (uint32_t)(source_row % LMK_PANEL), to = (uint32_t)(row % LMK_PANEL);
        const uint32_t room = LMK_PANEL - (from > to ? from : to);
        const uint32_t count = rows < room ? (uint32_t)rows : room;
        piece p = {source->data + source_row / LMK_PANEL * source_bytes, data + row / LMK_PANEL * target_bytes, 0};
        if (lmk_format_is_float(m->format)) {
            copy_floats(m, p, from, to, count, &columns);
        } else {
            copy_groups(m, p, from, to, count, &columns);
        }
        row += count;
        source_row += count;
        rows -= count;
    }
}
