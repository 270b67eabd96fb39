// Strips of tiles against blocks of weights widened to fp32. Included by `<isa>/linear_float.c` after it has defined
// LMK_ISA_NAME, BLOCK, STRIP_TILES, STRIP_ROWS, widen_fp16(), widen_bf16(), multiply_row() and multiply_tile_of.

/// `length` inputs of a panel from input k on as fp32: in place, or widened into `buffer`.
static const float *block_weights(lmk_format format, const uint8_t *data, uint64_t k, uint64_t length,
                                  float *buffer) {
    switch (format) {
    case LMK_FP16: widen_fp16(data + k * LMK_PANEL_HALF_BYTES, length, buffer); return buffer;
    case LMK_BF16: widen_bf16(data + k * LMK_PANEL_HALF_BYTES, length, buffer); return buffer;
    default: return (const float *)data + k * LMK_PANEL;
    }
}

/// Tiles [first_tile, end_tile) against a panel, one block of inputs at a time.
static void multiply_strip(const lmk_matrix *m, const lmk_activations *a, uint64_t panel, uint32_t first_tile,
                           uint32_t end_tile, const lmk_destination *to) {
    _Alignas(64) float sums[STRIP_ROWS][LMK_PANEL], buffer[BLOCK * LMK_PANEL];
    const uint8_t *data = lmk_panel_data(m, panel);
    const uint32_t first_row = lmk_tile_first(a, first_tile), end_row = lmk_tile_first(a, end_tile);
    const size_t element = m->format == LMK_FP32 ? sizeof(float) : sizeof(uint16_t);
    memset(sums, 0, (end_row - first_row) * sizeof sums[0]);
    for (uint64_t k = 0; k < m->k; k += BLOCK) {
        const uint64_t length = m->k - k < BLOCK ? m->k - k : BLOCK;
        const float *weights = block_weights(m->format, data, k, length, buffer);
        const uint8_t *next = data + (k + length) * LMK_PANEL * element;
        for (uint32_t t = first_tile; t < end_tile; ++t) {
            const lmk_tile tile = lmk_tile_at(a, t);
            const float *x = (const float *)tile.data + k * tile.rows;
            const lmk_ahead ahead =
                lmk_ahead_share(next, BLOCK * LMK_PANEL * element, t - first_tile, end_tile - first_tile);
            multiply_tile_of[tile.rows](weights, x, length, ahead, sums[tile.first_row - first_row]);
        }
    }
    for (uint32_t r = first_row; r < end_row; ++r) lmk_store_row(to, m, panel, r, sums[r - first_row]);
}

LMK_INLINE void multiply(const lmk_matrix *m, const lmk_activations *a, uint64_t panel,
                         const lmk_destination *to) {
    if (a->rows == 1) {
        _Alignas(64) float result[LMK_PANEL];
        multiply_row(m, lmk_panel_data(m, panel), (const float *)a->data, result);
        lmk_store_row(to, m, panel, 0, result);
        return;
    }
    for (uint32_t t = 0; t < a->tiles; t += STRIP_TILES) {
        multiply_strip(m, a, panel, t, a->tiles - t < STRIP_TILES ? a->tiles : t + STRIP_TILES, to);
    }
}

void LMK_ISA_NAME(linear_fp32)(const lmk_matrix *m, const lmk_activations *a, uint64_t panel,
                               const lmk_destination *to) {
    multiply(m, a, panel, to);
}

void LMK_ISA_NAME(linear_fp16)(const lmk_matrix *m, const lmk_activations *a, uint64_t panel,
                               const lmk_destination *to) {
    multiply(m, a, panel, to);
}

void LMK_ISA_NAME(linear_bf16)(const lmk_matrix *m, const lmk_activations *a, uint64_t panel,
                               const lmk_destination *to) {
    multiply(m, a, panel, to);
}
