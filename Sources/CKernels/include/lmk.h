// CKernels: SIMD kernels, instruction-set dispatch, the worker pool, and the command stream that
// the pool executes. No allocation policy and no knowledge of models: every buffer is the caller's.
//
// Rule for every kernel (the project's central promise): the order of each reduction that forms an
// output element is fixed by the shapes of the model and the absolute token position. It never
// depends on the number of rows in the call, the tile, the chunk or the number of threads.
#ifndef LMK_H
#define LMK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

// MARK: Instruction sets

typedef enum lmk_isa {
    LMK_ISA_GENERIC = 0,   // portable C: the specification of every kernel
    LMK_ISA_AVX2 = 1,      // AVX2 + FMA + F16C
    LMK_ISA_AVXVNNI = 2,   // AVX2 + AVX-VNNI: dot products of bytes
    LMK_ISA_AVX512BW = 3,  // AVX-512 F/BW/VL/DQ
    LMK_ISA_AVX512 = 4,    // AVX-512 F/BW/VL/DQ + VNNI (BF16 dot products where the CPU has them)
    LMK_ISA_NEON = 5,      // 64-bit Arm with FEAT_DotProd (I8MM and BF16 where the CPU has them)
} lmk_isa;
enum { LMK_ISA_COUNT = 6 };

/// Whether this CPU and operating system can run `isa`.
bool lmk_isa_supported(lmk_isa isa);
/// The fastest supported instruction set.
lmk_isa lmk_isa_best(void);
/// "generic", "avx2", "avxvnni", "avx512bw", "avx512" or "neon".
const char *lmk_isa_name(lmk_isa isa);
/// Whether the BF16 dot product of AVX-512 or of Arm is available: bf16 weights then meet inputs rounded to bf16.
bool lmk_cpu_has_bf16(void);
/// Whether Arm's I8MM is available.
bool lmk_cpu_has_i8mm(void);

/// The kernels of one instruction set. Opaque to callers; see `common/kernels.h`.
typedef struct lmk_kernels lmk_kernels;
/// NULL when the CPU cannot run `isa`.
const lmk_kernels *lmk_kernels_for(lmk_isa isa);

// MARK: Packed weight matrices

enum {
    LMK_PANEL = 32,  // output columns per packed panel, in every format and on every ISA
    // Version of the layouts below. Packed matrices are kept in files: whoever changes a byte of them counts it up.
    LMK_PACKED_LAYOUT = 1,
};

typedef enum lmk_format {
    LMK_FP32 = 0,
    LMK_FP16 = 1,
    LMK_BF16 = 2,
    LMK_W8 = 3,  // int8 weights, one scale per column and group (group == 0: one per column)
    LMK_W4 = 4,  // uint4 weights, fp16 scale and fp16 offset per column and group: w = q * scale + offset
} lmk_format;
enum { LMK_FORMAT_COUNT = 5 };

/// A linear layer's weight, `n` output columns by `k` inputs (row-major [n][k] before packing).
///
/// Layout, per panel p of 32 columns (columns past n are zero):
///   FP32  float  [k][32]
///   FP16  half   [k][32]
///   BF16  bf16   [ceil(k/2)][32][2]                      (a missing last k is zero)
///   W8    per group: scale[32], int8  [ceil(kg/4)][32][4] (scale is half when group > 0, float when group == 0)
///   W4    per group: half scale[32], half offset[32], uint8 [kg/8][32][4]:
///         byte i of the four holds k0+i in its low nibble and k0+4+i in its high nibble
/// kg is the group's length: `group`, or what is left of k in the last one.
/// W4 needs k % 32 == 0 and group in {32, 64, 128}; W8 needs group in {0, 32, 64, 128} and, when
/// group > 0, k % 32 == 0; with group == 0, k <= 131072 (the integer sum fits int32). FP formats take any k.
typedef struct lmk_matrix {
    lmk_format format;
    uint32_t group;
    uint64_t n;
    uint64_t k;
    const uint8_t *data;  // 64-byte aligned
} lmk_matrix;

/// Bytes of packed storage, a multiple of 64. 0 when the combination is not representable.
size_t lmk_matrix_bytes(lmk_format format, uint32_t group, uint64_t n, uint64_t k);
/// Bytes of one 32-column panel.
size_t lmk_panel_bytes(lmk_format format, uint32_t group, uint64_t k);

// Packing: writes rows [row0, row0 + rows) of the [n][k] matrix into `data` (which the caller has
// zero-filled once). Rows may arrive in any order and in any number of calls; two threads may pack
// disjoint panels, but not disjoint rows of one panel.
/// Converts fp32 rows into FP32, FP16 or BF16 storage (round to nearest even).
void lmk_pack_float(const lmk_matrix *m, uint8_t *data, uint64_t row0, uint64_t rows, const float *src);
/// Takes over rows whose values already have the bits of FP16 or BF16 storage.
void lmk_pack_bits16(const lmk_matrix *m, uint8_t *data, uint64_t row0, uint64_t rows, const uint16_t *src);
/// `q`: [rows][k], one value 0...15 per byte; `scale`, `offset`: fp16 bits, [rows][ceil(k/group)].
void lmk_pack_w4(const lmk_matrix *m, uint8_t *data, uint64_t row0, uint64_t rows, const uint8_t *q,
                 const uint16_t *scale, const uint16_t *offset);
/// Packs a rectangle of W4, `rows` rows of one panel by `columns` inputs from k0 on; both k0 and k0 + columns are
/// multiples of `group`, or the latter is k. `octets`: [columns / 8][rows], the value of input k0 + 8i + j in bits
/// 4j...4j+3 of word i; `scale`, `offset`: fp16 bits, [ceil(columns/group)][rows].
void lmk_pack_w4_octets(const lmk_matrix *m, uint8_t *data, uint64_t row0, uint32_t rows, uint64_t k0,
                        uint64_t columns, const uint32_t *octets, const uint16_t *scale,
                        const uint16_t *offset);
/// `q`: [rows][k]; `scale`: [rows][ceil(k/group)], or [rows] when group == 0. Grouped scales are stored as fp16.
void lmk_pack_w8(const lmk_matrix *m, uint8_t *data, uint64_t row0, uint64_t rows, const int8_t *q,
                 const float *scale);
/// Round-to-nearest quantisation of fp32 rows: W8 symmetric (absmax / 127), W4 asymmetric (min, max).
void lmk_pack_quantize(const lmk_matrix *m, uint8_t *data, uint64_t row0, uint64_t rows, const float *src);
/// Consecutive inputs of two matrices. All three are multiples of `lmk_column_unit`, except a count that reaches to
/// the end of both matrices.
typedef struct lmk_columns {
    uint64_t source;
    uint64_t target;
    uint64_t count;
} lmk_columns;

/// Inputs that packed matrices of a format can be divided between: 1 or 2 in floats, 4 in W8 without groups, and
/// else a group.
uint32_t lmk_column_unit(lmk_format format, uint32_t group);
/// Copies `rows` rows of packed weights of `source` to `m` and its `data`, with the bits they have. Both matrices have
/// the same format and group. W8 without groups has one scale for each row, which comes along.
void lmk_copy_packed(const lmk_matrix *m, uint8_t *data, uint64_t row, const lmk_matrix *source,
                     uint64_t source_row, uint64_t rows, lmk_columns columns);
/// Dequantises rows into fp32 [rows][k].
void lmk_unpack_rows(const lmk_matrix *m, uint64_t row0, uint64_t rows, float *dst);

/// GGUF's block types: values of a row as small integers, with a scale and for some an offset for each group of 16
/// or 32. `common/blocks.h` describes their bytes.
typedef enum lmk_block_type {
    LMK_BLOCK_Q4_0 = 0,
    LMK_BLOCK_Q4_1 = 1,
    LMK_BLOCK_Q5_0 = 2,
    LMK_BLOCK_Q5_1 = 3,
    LMK_BLOCK_Q8_0 = 4,
    LMK_BLOCK_Q2_K = 5,
    LMK_BLOCK_Q3_K = 6,
    LMK_BLOCK_Q4_K = 7,
    LMK_BLOCK_Q5_K = 8,
    LMK_BLOCK_Q6_K = 9,
    LMK_BLOCK_IQ4_NL = 10,
    LMK_BLOCK_IQ4_XS = 11,
    LMK_BLOCK_MXFP4 = 12,
} lmk_block_type;

/// Whether a row could be packed.
typedef enum lmk_fit {
    LMK_FIT_OK = 0,
    LMK_FIT_NOT_FINITE = 1,    // a value is infinite or NaN
    LMK_FIT_OUT_OF_RANGE = 2,  // every value is finite, but the fp16 scale or offset would not be
} lmk_fit;

/// Writes `count` values, the whole blocks at `source`: w = q * scale + offset, rounded after the product and after the
/// sum.
void lmk_blocks_to_floats(lmk_block_type type, const void *source, uint64_t count, float *out);
/// Packs rows of blocks, each at one of `sources`, as W8 or W4 with groups of 32.
///
/// W8 has q as it is where 32 values have one scale, which fp16 holds to 2^-11 of itself, and no offset; so it does
/// where products of q and a group's integer scale fit. Else it has the values rounded to multiples of an fp16
/// number near the largest magnitude / 127. W4 takes types of 4 bits without a table, and rounds scale and
/// offset to fp16.
///
/// When a row does not fit, nothing of its panel is defined: `failed_row` is the first such row of the call.
lmk_fit lmk_pack_blocks(const lmk_matrix *m, uint8_t *data, uint64_t row0, uint64_t rows, lmk_block_type type,
                        const void *const *sources, uint64_t *failed_row);

float lmk_half_to_float(uint16_t h);
uint16_t lmk_float_to_half(float f);
float lmk_bfloat16_to_float(uint16_t b);
uint16_t lmk_float_to_bfloat16(float f);
void lmk_half_to_float_row(const uint16_t *src, float *dst, size_t n);
void lmk_bfloat16_to_float_row(const uint16_t *src, float *dst, size_t n);

// MARK: Paged KV cache

typedef enum lmk_kv_format {
    LMK_KV_FP32 = 0,
    LMK_KV_FP16 = 1,
    LMK_KV_BF16 = 2,
    LMK_KV_INT8 = 3,  // levels 0...255: x ~ level * scale + zero
    LMK_KV_INT4 = 4,  // levels 0...15
} lmk_kv_format;
enum { LMK_KV_FORMAT_COUNT = 5 };

enum {
    LMK_DEFAULT_BLOCK_TOKENS = 64,
    LMK_PAGE_TOKENS = 64,  // most tokens in a page, the unit in which attention walks through a sequence
    // Attention adds up the pages of a span, then the spans, in order: what one thread does, or several.
    LMK_SPAN_TOKENS = 1024,
    LMK_KV_QUANTIZED_HEAD_DIM = 256,  // largest head_dim of INT8 and INT4
};

/// Static quantisation of one layer, the same for every token and head: x ~ q * scale + zero, q = -128...127.
/// Scales are positive and not above 65504; so are the magnitudes of zero - 128 * scale.
typedef struct lmk_kv_scales {
    float key_scale;
    float key_zero;
    float value_scale;
    float value_zero;
} lmk_kv_scales;

/// A block holds `block_tokens` tokens of every layer: [layer][kv head][page]. A page is min(block_tokens, 64)
/// consecutive tokens, T below. P is head_dim rounded up to 16; dimensions behind head_dim are zero.
///
/// FP32, FP16 and BF16:
///   K  element [head_dim][T]     V  element [T][P]
/// INT8 has levels in quads, which are the lanes of integer dot products:
///   K  uint8 [P/4][T][4]: byte i of quad g is dimension 4g + i
///   V  uint8 [T/4][P][4]: byte i of quad g is token 4g + i
/// INT4 has the levels of two dimensions in a byte, so that no two tokens share one:
///   K  uint8 [P/8][T][4]: byte i of quad g is dimension 8g + i in its low and 8g + 4 + i in its high half
///   V  uint8 [T/4][P/2][4]: byte i of quad g, column 8c + j, j < 8, is token 4g + i's dimension 16c + j in its
///      low and 16c + 8 + j in its high half
/// Both have behind V, for each token:
///   half key_scale[T], half key_zero[T], half value_scale[T], half value_zero[T]
/// With m = min and M = max over the head: zero = half(m), scale = (M - zero) / (2^bits - 1) as the next half
/// that is not below, level = round((x - zero) / scale), limited to the format's levels. With static scales, the
/// layer's take their place.
///
/// The pool must be zero-filled before first use.
///
/// What is stored is finite, so that no token can poison the ones behind it: NaN becomes 0, and a magnitude
/// above the format's limit becomes the limit. That is 65504 for FP16, INT8 and INT4, and 2^100 for FP32 and
/// BF16, where larger keys would give infinite scores.
typedef struct lmk_kv_cache {
    lmk_kv_format format;
    uint32_t head_dim;
    uint32_t kv_heads;
    uint32_t layers;
    uint32_t block_tokens;               // see lmk_kv_block_tokens_valid()
    const lmk_kv_scales *static_scales;  // [layers], INT8 only; NULL: scales of their own for each token and head
    uint8_t *pool;                       // 64-byte aligned; block b starts at b * lmk_kv_block_bytes()
} lmk_kv_cache;

/// Whether blocks may have this length: 16, 32, or a multiple of 64. Attention adds up page by page, so
/// results depend on the block's length only below 64.
bool lmk_kv_block_tokens_valid(uint32_t block_tokens);
size_t lmk_kv_head_bytes(const lmk_kv_cache *cache);
size_t lmk_kv_block_bytes(const lmk_kv_cache *cache);

/// Consecutive rows of one sequence: row `first_row + i` of the step is token `first_position + i`.
typedef struct lmk_attention_tile {
    uint32_t first_row;
    uint32_t rows;
    uint32_t first_position;
    uint32_t reserved;
    const int32_t *blocks;  // the sequence's block table, indexed by position / block_tokens
} lmk_attention_tile;

/// Most rows a tile may have. Decode sequences are tiles of one row; a prompt chunk is split into
/// tiles so that threads can share it. Splitting never changes a bit.
enum { LMK_TILE_ROWS = 32 };

// MARK: Command stream

typedef enum lmk_op {
    LMK_OP_EMBED = 0,
    LMK_OP_LINEAR = 1,
    LMK_OP_ATTENTION = 2,
    LMK_OP_RMSNORM = 3,
} lmk_op;

/// What happens to a linear layer's input rows before they are encoded for the weight's format.
typedef enum lmk_prologue {
    LMK_PROLOGUE_NONE = 0,      // input [rows][k]
    LMK_PROLOGUE_RMSNORM = 1,   // input [rows][k]; x * rsqrt(mean(x^2) + epsilon) * norm_weight
    LMK_PROLOGUE_SILU_MUL = 2,  // input [rows][2k]: silu(first k) * last k
} lmk_prologue;

/// out[r][0..<k] = dequantised row tokens[r] of table (n = vocabulary, k = hidden size)
typedef struct lmk_embed {
    const lmk_matrix *table;
    const int32_t *tokens;
    float *output;
    size_t output_stride;  // floats
    uint32_t rows;
} lmk_embed;

/// output[r] = prologue(input[row_indices ? row_indices[r] : r]) * weight^T (+ bias) (+ output[r] if accumulate)
typedef struct lmk_linear {
    const lmk_matrix *weight;
    const float *input;
    size_t input_stride;  // floats
    const int32_t *row_indices;  // NULL: rows in order
    lmk_prologue prologue;
    float epsilon;
    const float *norm_weight;
    const float *bias;  // NULL or [n]
    float *output;
    size_t output_stride;  // floats
    bool accumulate;       // residual: output += result
    uint32_t rows;
} lmk_linear;

/// Rotates q and k, appends k and v to the cache, then causal softmax attention, over the last `window` positions
/// up to a row's own.
/// qkv row: [q_heads][head_dim] then [kv_heads][head_dim] keys then [kv_heads][head_dim] values.
/// Rotates in place: after the command, q and k in `qkv` are unspecified.
typedef struct lmk_attention {
    const lmk_kv_cache *cache;
    uint32_t layer;
    uint32_t q_heads;
    uint32_t window;          // 0: all positions
    uint32_t rotary_dim;      // rotate-half over the first rotary_dim dimensions of each head (even)
    float scale;              // usually 1 / sqrt(head_dim)
    float *qkv;
    size_t qkv_stride;        // floats
    const float *rope;        // [rows][2][rotary_dim / 2]: cosines then sines of the row's position
    const lmk_attention_tile *tiles;
    uint32_t tile_count;
    uint32_t rows;
    float *output;            // [rows][q_heads * head_dim]
    size_t output_stride;     // floats
} lmk_attention;

typedef struct lmk_rmsnorm {
    const float *input;
    size_t input_stride;
    const float *weight;
    float epsilon;
    float *output;
    size_t output_stride;
    uint32_t rows;
    uint32_t n;
} lmk_rmsnorm;

typedef struct lmk_command {
    lmk_op op;
    union {
        lmk_embed embed;
        lmk_linear linear;
        lmk_attention attention;
        lmk_rmsnorm rmsnorm;
    };
} lmk_command;

/// Upper bounds over every command that will run with a workspace.
typedef struct lmk_limits {
    uint32_t threads;
    uint32_t rows;           // most rows in a step
    uint64_t k;              // largest k of a linear layer
    uint32_t head_dim;
    uint32_t q_heads;
} lmk_limits;

/// Bytes of scratch memory `lmk_execute` needs; the caller allocates them, 64-byte aligned.
size_t lmk_workspace_bytes(const lmk_limits *limits);

typedef struct lmk_pool lmk_pool;
/// Starts `threads - 1` workers; the thread that calls lmk_execute is the first one.
/// Workers spin for a short while between commands and sleep when idle. NULL when threads cannot be created.
lmk_pool *lmk_pool_create(uint32_t threads);
void lmk_pool_destroy(lmk_pool *pool);
uint32_t lmk_pool_threads(const lmk_pool *pool);
/// Keeps a thread of the pool (0: the calling one) on these processors from now on. False where the system has no
/// such thing, or refuses.
bool lmk_pool_bind(lmk_pool *pool, uint32_t thread, const uint32_t *processors, size_t count);
/// Runs body(context, thread index, thread count) once on every thread of the pool and waits.
void lmk_pool_run(lmk_pool *pool, void (*body)(void *context, uint32_t thread, uint32_t threads), void *context);

/// Runs the commands in order, each on all threads, and returns when the last one is done.
void lmk_execute(lmk_pool *pool, const lmk_kernels *kernels, const lmk_command *commands, size_t count,
                 const lmk_limits *limits, void *workspace);

/// How a thread spent a command, in nanoseconds.
typedef struct lmk_trace {
    uint64_t waiting;    // for the other threads, at barriers
    uint64_t encoding;   // a linear layer's input rows: prologue and quantisation
    uint64_t computing;  // all the rest
} lmk_trace;
/// lmk_execute with a clock; writes traces[command * threads + thread].
void lmk_execute_traced(lmk_pool *pool, const lmk_kernels *kernels, const lmk_command *commands, size_t count,
                        const lmk_limits *limits, void *workspace, lmk_trace *traces);

// MARK: Machine ceilings (for `benchmark machine`)

typedef enum lmk_ceiling {
    LMK_CEILING_INT8_DOT = 0,         // u4 x s8: what w4 weights are multiplied with
    LMK_CEILING_BF16_DOT = 1,
    LMK_CEILING_FP32 = 2,
    LMK_CEILING_INT8_SIGNED_DOT = 3,  // s8 x s8: w8 weights; without VNNI, half the rate of u4 x s8
    LMK_CEILING_INT16_DOT = 4,        // s16 x s16: attention over int8 and int4 levels
} lmk_ceiling;
/// Runs `iterations` of register-only multiply-accumulates on the calling thread; returns how many
/// operations (a multiply and an add are two) were done, 0 where the ISA has no such instruction.
double lmk_ceiling_run(lmk_isa isa, lmk_ceiling what, uint64_t iterations);
/// Reads `bytes` (a multiple of 256) from memory with the widest loads; returns a value that depends on all of them.
uint64_t lmk_ceiling_read(lmk_isa isa, const void *data, size_t bytes);

#ifdef __cplusplus
}
#endif
#endif
