// How integer weights meet more than one row, whatever the product's instruction. A panel is taken in pieces
// of up to 128 inputs of one group, brought into the order in which the instruction wants them; a strip of
// tiles then passes by while the piece lies in L1.
#ifndef LMK_NEON_LINEAR_TILES_H
#define LMK_NEON_LINEAR_TILES_H

#include "common/linear_store.h"
#include "neon/simd.h"

enum {
    // Inputs of a piece: the longest group but for per-channel W8, whose dot products go on in the next
    // piece.
    PIECE = LMK_GROUP_MAXIMUM,
    PIECE_QUADS = PIECE / LMK_QUAD,
    PIECE_BYTES = PIECE * LMK_PANEL,
    // Rows that share a piece: bringing it into order is a few percent of their work. Their sums take 8 KiB
    // of L1, their inputs 8 KiB, the piece 4 KiB.
    STRIP_TILES = 8,
    STRIP_ROWS = STRIP_TILES * LMK_NEON_TILE_ROWS,
};

typedef struct weight_piece {
    const uint8_t *values;
    uint32_t quads;
    bool starts_group;
    bool ends_group;
    bool has_offset;
    _Alignas(16) float scale[LMK_PANEL];
    _Alignas(16) float offset[LMK_PANEL];
} weight_piece;

/// The rows of one tile where they meet one piece.
typedef struct tile_rows {
    const uint8_t *data;      // [quad][rows][4]
    const float *scale;       // [rows]
    const float *scaled_sum;  // [rows]
    float *sums;              // [rows][LMK_PANEL]
    int32_t *dots;            // [rows][LMK_PANEL], of a group that the piece does not end
} tile_rows;

/// Returns the piece's values in the product's order: in place, or in `buffer`.
typedef const uint8_t *order_function(const uint8_t *data, uint32_t quads, uint8_t buffer[PIECE_BYTES]);
typedef void multiply_tile_function(const weight_piece *piece, const tile_rows *tile);

/// What the product of an instruction consists of.
typedef struct tile_product {
    order_function *order[LMK_FORMAT_COUNT];
    multiply_tile_function *multiply[LMK_NEON_TILE_ROWS + 1];  // by rows
} tile_product;

LMK_NEON_BEGIN

/// Ends a group for `rows` rows and `vectors` x 4 columns from `column` on, in the step that every row count
/// and instruction set shares: sum = fma(dot, weight_scale * scale, sum), then fma(weight_offset, scaled_sum,
/// sum).
LMK_INLINE void end_group(const uint32_t rows, const uint32_t vectors, const bool has_offset,
                          const weight_piece *piece, const tile_rows *tile, uint32_t column,
                          int32x4_t dot[LMK_NEON_TILE_ROWS][LMK_PANEL_VECTORS]) {
    // All is loaded first: the compiler must take a sum that is stored for something that is loaded later.
    float *sums = tile->sums + column;
    const uint8_t *scales = (const uint8_t *)tile->scale, *scaled_sums = (const uint8_t *)tile->scaled_sum;
    const lmk_row_words scale = lmk_load_row_words(rows, scales);
    const lmk_row_words scaled_sum = lmk_load_row_words(rows, scaled_sums);
    float32x4_t weight_scale[LMK_PANEL_VECTORS], weight_offset[LMK_PANEL_VECTORS];
    LMK_UNROLL for (uint32_t v = 0; v < vectors; ++v) {
        weight_scale[v] = vld1q_f32(piece->scale + column + v * LMK_VECTOR_FLOATS);
        if (has_offset) weight_offset[v] = vld1q_f32(piece->offset + column + v * LMK_VECTOR_FLOATS);
    }
    LMK_UNROLL for (uint32_t r = 0; r < rows; ++r) {
        const float32x4_t row_scale = vreinterpretq_f32_u32(lmk_row_word(rows, &scale, scales, r));
        const float32x4_t row_sum = vreinterpretq_f32_u32(lmk_row_word(rows, &scaled_sum, scaled_sums, r));
        LMK_UNROLL for (uint32_t v = 0; v < vectors; ++v) {
            float *place = sums + r * LMK_PANEL + v * LMK_VECTOR_FLOATS;
            const float32x4_t step = vmulq_f32(weight_scale[v], row_scale);
            float32x4_t sum = vfmaq_f32(vld1q_f32(place), vcvtq_f32_s32(dot[r][v]), step);
            if (has_offset) sum = vfmaq_f32(sum, weight_offset[v], row_sum);
            vst1q_f32(place, sum);
        }
    }
}

/// Takes over the dot products of `rows` rows and `vectors` x 4 columns from `column` on.
LMK_INLINE void end_piece(const uint32_t rows, const uint32_t vectors, const weight_piece *piece,
                          const tile_rows *tile, uint32_t column,
                          int32x4_t dot[LMK_NEON_TILE_ROWS][LMK_PANEL_VECTORS]) {
    int32_t *dots = tile->dots + column;
    if (!piece->starts_group) {
        LMK_UNROLL for (uint32_t r = 0; r < rows; ++r) {
            LMK_UNROLL for (uint32_t v = 0; v < vectors; ++v) {
                const int32x4_t before = vld1q_s32(dots + r * LMK_PANEL + v * LMK_VECTOR_FLOATS);
                dot[r][v] = vaddq_s32(dot[r][v], before);
            }
        }
    }
    if (!piece->ends_group) {
        LMK_UNROLL for (uint32_t r = 0; r < rows; ++r) {
            LMK_UNROLL for (uint32_t v = 0; v < vectors; ++v) {
                vst1q_s32(dots + r * LMK_PANEL + v * LMK_VECTOR_FLOATS, dot[r][v]);
            }
        }
    } else if (piece->has_offset) {
        end_group(rows, vectors, true, piece, tile, column, dot);
    } else {
        end_group(rows, vectors, false, piece, tile, column, dot);
    }
}

/// A group's scales and offsets as floats. Returns the group's values.
static const uint8_t *load_header(const lmk_matrix *m, const uint8_t *header, weight_piece *piece) {
    piece->has_offset = m->format == LMK_W4;
    for (uint32_t c = 0; c < LMK_PANEL; c += LMK_VECTOR_FLOATS) {
        vst1q_f32(piece->scale + c, m->group == 0 ? vld1q_f32((const float *)header + c)
                                                  : lmk_load_halves(header + c * 2));
        if (!piece->has_offset) continue;
        vst1q_f32(piece->offset + c, lmk_load_halves(header + LMK_PANEL_HALF_BYTES + c * 2));
    }
    return header + lmk_group_header_bytes(m->format, m->group);
}

/// Tiles [first_tile, end_tile) against a panel, one piece at a time.
static void multiply_strip(const tile_product *product, const lmk_matrix *m, const lmk_activations *a,
                           uint64_t panel, uint32_t first_tile, uint32_t end_tile,
                           const lmk_destination *to) {
    _Alignas(64) uint8_t buffer[PIECE_BYTES];
    _Alignas(64) float sums[STRIP_ROWS][LMK_PANEL];
    _Alignas(64) int32_t dots[STRIP_ROWS][LMK_PANEL];
    weight_piece piece;
    const uint8_t *data = lmk_panel_data(m, panel);
    const uint32_t first_row = lmk_tile_first(a, first_tile), end_row = lmk_tile_first(a, end_tile);
    const uint64_t groups = lmk_group_count(m), group_quads = lmk_ceil_divide(lmk_group_length(m), LMK_QUAD);
    const uint32_t quad_bytes = lmk_group_value_bytes(m->format, 2 * LMK_QUAD) / 2;
    memset(sums, 0, (end_row - first_row) * sizeof sums[0]);
    for (uint64_t g = 0; g < groups; ++g) {
        const uint64_t quads = lmk_ceil_divide(lmk_group_length_at(m, g), LMK_QUAD);
        data = load_header(m, data, &piece);
        for (uint64_t quad = 0; quad < quads; quad += piece.quads) {
            piece.quads = quads - quad < PIECE_QUADS ? (uint32_t)(quads - quad) : PIECE_QUADS;
            piece.starts_group = quad == 0;
            piece.ends_group = quad + piece.quads == quads;
            piece.values = product->order[m->format](data, piece.quads, buffer);
            data += piece.quads * quad_bytes;
            for (uint32_t t = first_tile; t < end_tile; ++t) {
                const lmk_tile tile = lmk_tile_at(a, t);
                product->multiply[tile.rows](&piece, &(tile_rows){
                    .data = tile.data + (g * group_quads + quad) * LMK_QUAD * tile.rows,
                    .scale = tile.scale + g * tile.rows,
                    .scaled_sum = tile.scaled_sum + g * tile.rows,
                    .sums = sums[tile.first_row - first_row],
                    .dots = dots[tile.first_row - first_row],
                });
            }
        }
    }
    for (uint32_t r = first_row; r < end_row; ++r) lmk_store_row(to, m, panel, r, sums[r - first_row]);
}

LMK_INLINE void multiply_tiles(const tile_product *product, const lmk_matrix *m, const lmk_activations *a,
                               uint64_t panel, const lmk_destination *to) {
    for (uint32_t t = 0; t < a->tiles; t += STRIP_TILES) {
        const uint32_t end = a->tiles - t < STRIP_TILES ? a->tiles : t + STRIP_TILES;
        multiply_strip(product, m, a, panel, t, end, to);
    }
}

LMK_NEON_END

#endif
