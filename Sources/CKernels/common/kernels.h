// The kernel table: one row of function pointers per instruction set, filled in by
// `<isa>/table.c`. `pool/execute.c` drives these functions; nothing else calls them.
#ifndef LMK_KERNELS_H
#define LMK_KERNELS_H

#include "include/lmk.h"
#include "include/lmk_sampling.h"

// A product and a sum are one rounding only where fma is written out: every instruction set then gives
// the same bits. Arm's compilers would fuse them everywhere, the portable kernels' too.
#pragma STDC FP_CONTRACT OFF

/// How a weight format wants its input rows.
typedef enum lmk_encoding {
    LMK_ENCODE_FP32 = 0,  // float [tile][k][mr]
    LMK_ENCODE_BF16 = 1,  // bf16  [tile][ceil(k/2)][mr][2]
    LMK_ENCODE_INT8 = 2,  // int8  [tile][ceil(k/4)][mr][4], one scale per row and group of the weight
} lmk_encoding;

/// Input rows encoded for a linear kernel. Rows are cut into balanced tiles of at most `tile_rows`
/// rows (sizes differ by at most one); tile t starts at row lmk_tile_first(a, t).
/// Scales and sums are stored [tile][group][mr]: scale is the row's step in that group, scaled_sum is
/// scale * sum of the quantised values (the factor of W4's offset).
typedef struct lmk_activations {
    lmk_encoding encoding;
    uint32_t rows;
    uint32_t group;  // length of a group in k; k itself when the weight is per channel
    uint32_t groups;
    uint32_t tile_rows;
    uint32_t tiles;
    uint64_t k;
    uint8_t *data;      // rows are lmk_encoded_row_bytes() apart: tile t starts at first_row * row_bytes
    size_t row_bytes;
    float *scale;
    float *scaled_sum;
} lmk_activations;

static inline uint32_t lmk_tile_first(const lmk_activations *a, uint32_t tile) {
    uint32_t base = a->rows / a->tiles, extra = a->rows % a->tiles;
    return tile * base + (tile < extra ? tile : extra);
}
static inline uint32_t lmk_tile_count(const lmk_activations *a, uint32_t tile) {
    return a->rows / a->tiles + (tile < a->rows % a->tiles ? 1 : 0);
}

/// Where a panel's result goes.
typedef struct lmk_destination {
    float *output;
    size_t stride;
    const float *bias;  // NULL or [n]
    bool accumulate;
} lmk_destination;

struct lmk_kernels {
    lmk_isa isa;
    /// Most rows in an activation tile, per weight format.
    uint32_t tile_rows[LMK_FORMAT_COUNT];
    lmk_encoding encoding[LMK_FORMAT_COUNT];

    /// Encodes one row (k floats) as row `row_in_tile` of tile `tile`. Different threads may encode the rows of
    /// one tile.
    void (*encode_row[3])(lmk_activations *a, uint32_t tile, uint32_t row_in_tile, const float *x);
    /// All rows of `a` times panel `panel` of `m`: the M = 1 and M > 1 kernels give the same bits for the same
    /// row.
    void (*linear_panel[LMK_FORMAT_COUNT])(const lmk_matrix *m, const lmk_activations *a, uint64_t panel,
                                           const lmk_destination *to);

    void (*rmsnorm)(float *out, const float *x, const float *weight, size_t n, float epsilon);
    void (*silu_mul)(float *out, const float *gate, const float *up, size_t n);
    /// Rotates one head in place.
    void (*rope)(float *head, const float *cosines, const float *sines, uint32_t rotary_dim);
    /// Stores one token's key and value of one kv head of a layer into slot `token` of a page.
    void (*kv_store)(const lmk_kv_cache *cache, uint32_t layer, uint8_t *page, uint32_t token, const float *key,
                     const float *value);
    /// Attention of `rows` consecutive positions over one kv head. q: row r, head g at q + r*q_stride + g*head_dim
    /// (already rotated); `heads` = q heads per kv head. `scratch` holds lmk_attention_scratch_floats() floats.
    void (*attention)(const lmk_attention *op, const lmk_attention_tile *tile, uint32_t kv_head, float *scratch);
    // The same for a tile of one row, in steps that threads share: what span `span` of its tokens adds, as a record
    // for each head (lmk_span_record_floats() apart); the totals of the spans before it with those records added;
    // and the output from the totals of all spans. The totals start as the records of the
    // first span.
    void (*attention_span)(const lmk_attention *op, const lmk_attention_tile *tile, uint32_t kv_head,
                           uint32_t span, float *scratch, float *records);
    void (*attention_fold)(const lmk_attention *op, float *totals, float *records);
    void (*attention_finish)(const lmk_attention *op, const lmk_attention_tile *tile, uint32_t kv_head,
                             float *totals);

    // Sampling: see the functions of the same names in `lmk.h`.
    size_t (*argmax)(const float *x, size_t n);
    lmk_softmax (*softmax_scan)(const float *x, size_t n);
    void (*copy_allowed)(float *out, const float *x, size_t n, const uint64_t *allowed);
    void (*block_maxima)(const float *x, size_t n, float *maxima);
    /// All values not below `bound` as lmk_candidate, in increasing order of index. Returns how many.
    size_t (*at_least)(const float *x, size_t n, const float *maxima, float bound, uint64_t *candidates);
    void (*weights)(const float *x, size_t n, float maximum, float inverse_temperature, uint64_t *weights);
    void (*weight_sums)(const float *x, size_t n, float maximum, float inverse_temperature, uint64_t *sums);
};

/// Floats of per-thread scratch an attention kernel may use.
size_t lmk_attention_scratch_floats(uint32_t head_dim, uint32_t heads_per_kv_head);

extern const lmk_kernels lmk_kernels_generic;
#if defined(__x86_64__)
extern const lmk_kernels lmk_kernels_avx2;
extern const lmk_kernels lmk_kernels_avxvnni;
extern const lmk_kernels lmk_kernels_avx512bw;
extern const lmk_kernels lmk_kernels_avx512;
/// As lmk_kernels_avx512, with bf16 weights on the BF16 dot product.
extern const lmk_kernels lmk_kernels_avx512_bf16;
#endif
#if defined(__aarch64__)
extern const lmk_kernels lmk_kernels_neon;
/// With integer weights on I8MM.
extern const lmk_kernels lmk_kernels_neon_i8mm;
/// With integer weights on I8MM and bf16 weights on BF16's matrix product.
extern const lmk_kernels lmk_kernels_neon_bf16;
#endif

#endif
