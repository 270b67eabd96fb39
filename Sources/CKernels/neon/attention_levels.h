// Sums over levels on byte dot products, for `common/simd_attention_levels.h`. A factor is 256 * high + low,
// and a quad of levels meets the quad of its factors' low bytes and that of their high bytes:
//   sum = 256 * (sum of high * level) + (sum of low * level)
// Integer sums are exact, so this is what products of int16 give, in a third of the instructions.

/// Columns in a register: each lane is a quad of levels.
enum { QUAD_COLUMNS = 4, QUADS_IN_VECTOR = LMK_LANES / QUAD_COLUMNS };

typedef struct level_sums {
    uint32x4_t low;
    int32x4_t high;
} level_sums;

/// Adds a quad of levels in each lane. `factors` has low bytes in lane 2 * quad, high bytes in the next one.
LMK_INLINE level_sums add_quads(const bool signed_levels, level_sums sums, uint8x16_t levels,
                                uint32x4_t factors, int quad) {
    const uint8x16_t low = vreinterpretq_u8_u32(vdupq_n_u32(factors[2 * quad]));
    const int8x16_t high = vreinterpretq_s8_u32(vdupq_n_u32(factors[2 * quad + 1]));
    // Levels above 127 are no int8: 128 less is, and products_of_128() makes up for it.
    const uint8x16_t shifted = signed_levels ? levels : veorq_u8(levels, vdupq_n_u8(128));
    return (level_sums){vdotq_u32(sums.low, levels, low),
                        vdotq_s32(sums.high, vreinterpretq_s8_u8(shifted), high)};
}

/// 128 times the sum of `rows` quads' high bytes. Reads four rows at a time: there are zeros behind the
/// factors of values, and keys have a multiple of four.
LMK_INLINE int32_t products_of_128(const int16_t *factors, size_t rows) {
    int32x4_t sums[2] = {vdupq_n_s32(0), vdupq_n_s32(0)};
    for (size_t row = 0; row < rows; row += 4)
        LMK_UNROLL for (int i = 0; i < 2; i++) {
            const int8x16_t pair = vreinterpretq_s8_s16(vld1q_s16(factors + 4 * row + 8 * i));
            sums[i] = vdotq_s32(sums[i], pair, vdupq_n_s8(1));
        }
    const int32x4_t all = vaddq_s32(sums[0], sums[1]);
    return 128 * (all[1] + all[3]);
}

/// The factors of one row of a panel: of one quad, or of the two that a byte of int4 keys has.
LMK_INLINE uint32x4_t load_factors(const level_source source, const int16_t *factors) {
    if (source == KEYS_INT4) return vreinterpretq_u32_s16(vld1q_s16(factors));
    const uint32x2_t quad = vreinterpret_u32_s16(vld1_s16(factors));
    return vcombine_u32(quad, quad);
}

/// Adds one row of a panel to the sums of `queries` queries and register `i` of the columns.
LMK_INLINE void add_level_row(const int queries, const level_source source, const uint8_t *row, int i,
                              const uint32x4_t factors[LMK_LEVEL_QUERIES],
                              level_sums sums[LMK_LEVEL_QUERIES]) {
    // Values of int4: 32 bytes are eight columns in the low halves, then eight in the high halves.
    const int offset = source == VALUES_INT4 ? i / 4 * 32 + i % 2 * 16 : i * 16;
    const uint8x16_t bytes = vld1q_u8(row + offset);
    const uint8x16_t low = vandq_u8(bytes, vdupq_n_u8(15)), high = vshrq_n_u8(bytes, 4);
    const bool is_high = source == VALUES_INT4 && i % 4 >= 2;
    const bool int8 = source == KEYS_INT8 || source == VALUES_INT8;
    const uint8x16_t levels = int8 ? bytes : is_high ? high : low;
    LMK_UNROLL for (int q = 0; q < queries; q++) {
        sums[q] = add_quads(!int8, sums[q], levels, factors[q], 0);
        if (source == KEYS_INT4) sums[q] = add_quads(true, sums[q], high, factors[q], 1);
    }
}

/// Some of the columns of sum_products(): as many registers of them as leave the sums in registers.
LMK_INLINE void sum_columns(const int queries, const int registers, const level_source source,
                            const level_panel *panel, int first, const int16_t *factors, size_t stride,
                            const int32_t missing[LMK_LEVEL_QUERIES], int32x4_t *out[LMK_LEVEL_QUERIES]) {
    const size_t step = source == KEYS_INT4 ? 8 : 4;
    level_sums sums[2 * LMK_LEVEL_VECTORS][LMK_LEVEL_QUERIES];
    LMK_UNROLL for (int i = 0; i < registers; i++)
        LMK_UNROLL for (int q = 0; q < queries; q++)
            sums[i][q] = (level_sums){vdupq_n_u32(0), vdupq_n_s32(0)};
    const uint8_t *row = panel->rows;
    const int16_t *place = factors;
    for (size_t r = 0; r < panel->row_count; r++, row += panel->row_bytes, place += step) {
        const int bytes_first = first * (source == VALUES_INT4 ? 8 : 16);
        const int bytes = registers * (source == VALUES_INT4 ? 8 : 16);
        LMK_UNROLL for (int line = 0; line < bytes; line += 64)
            __builtin_prefetch(row + bytes_first + panel->prefetch + line, 0, 3);
        uint32x4_t row_factors[LMK_LEVEL_QUERIES];
        LMK_UNROLL for (int q = 0; q < queries; q++)
            row_factors[q] = load_factors(source, place + q * stride);
        LMK_UNROLL for (int i = 0; i < registers; i++)
            add_level_row(queries, source, row, first + i, row_factors, sums[i]);
    }
    LMK_UNROLL for (int q = 0; q < queries; q++)
        LMK_UNROLL for (int i = 0; i < registers; i++) {
            const int32x4_t high = vaddq_s32(sums[i][q].high, vdupq_n_s32(missing[q]));
            out[q][first + i] = vaddq_s32(vshlq_n_s32(high, 8), vreinterpretq_s32_u32(sums[i][q].low));
        }
}

/// sums[q][column] = sum over the panel's rows of factors[q] * levels
LMK_INLINE void sum_products(const int queries, const int vectors, const level_source source,
                             const level_panel *panel, const int16_t *factors, size_t stride,
                             vint sums[LMK_LEVEL_QUERIES][LMK_LEVEL_VECTORS]) {
    // At most 24 of 32 registers for sums, two for each query and register of columns.
    const int all = vectors * QUADS_IN_VECTOR, most = queries == 1 ? 8 : queries == 4 ? 2 : 4;
    int32x4_t columns[LMK_LEVEL_QUERIES][2 * LMK_LEVEL_VECTORS], *out[LMK_LEVEL_QUERIES];
    const bool int8 = source == KEYS_INT8 || source == VALUES_INT8;
    int32_t missing[LMK_LEVEL_QUERIES];
    LMK_UNROLL for (int q = 0; q < queries; q++) {
        missing[q] = int8 ? products_of_128(factors + q * stride, panel->row_count) : 0;
        out[q] = columns[q];
    }
    LMK_UNROLL for (int first = 0; first < all; first += most)
        sum_columns(queries, all < most ? all : most, source, panel, first, factors, stride, missing,
                    out);
    LMK_UNROLL for (int q = 0; q < queries; q++) memcpy(sums[q], columns[q], vectors * sizeof(vint));
}
