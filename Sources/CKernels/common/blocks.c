#include "common/block_rows.h"

#if defined(__x86_64__)
#define LMK_BLOCKS_CALL(isa, name, ...) \
    ((isa) == LMK_ISA_GENERIC ? lmk_generic_blocks_##name(__VA_ARGS__) : lmk_avx2_blocks_##name(__VA_ARGS__))
#elif defined(__aarch64__)
#define LMK_BLOCKS_CALL(isa, name, ...) \
    ((isa) == LMK_ISA_GENERIC ? lmk_generic_blocks_##name(__VA_ARGS__) : lmk_neon_blocks_##name(__VA_ARGS__))
#else
#define LMK_BLOCKS_CALL(isa, name, ...) ((void)(isa), lmk_generic_blocks_##name(__VA_ARGS__))
#endif

/// Every instruction set gives the same bits, so the fastest one is taken whatever the kernels' choice is.
/// Those that have no code of their own run that of AVX2.
static lmk_isa chosen(void) {
#if defined(__aarch64__)
    return LMK_ISA_NEON;  // needs no more than every CPU has
#else
    return lmk_isa_supported(LMK_ISA_AVX2) ? LMK_ISA_AVX2 : LMK_ISA_GENERIC;
#endif
}

void lmk_testing_block_shape(lmk_block_type type, uint32_t *values, uint32_t *bytes, uint32_t *group) {
    const lmk_block_shape shape = lmk_block_shape_of(type);
    *values = shape.values;
    *bytes = shape.bytes;
    *group = shape.group;
}

void lmk_testing_blocks_decode(lmk_isa isa, lmk_block_type type, bool products, const void *source,
                               uint32_t blocks, int8_t *quants, float *scales, float *offsets) {
    LMK_BLOCKS_CALL(isa, decode, type, products, source, blocks, quants, scales, offsets);
}

void lmk_testing_blocks_to_floats(lmk_isa isa, lmk_block_type type, const void *source, uint64_t count,
                                  float *out) {
    LMK_BLOCKS_CALL(isa, to_floats, type, source, count, out);
}

lmk_fit lmk_testing_pack_blocks(lmk_isa isa, const lmk_matrix *m, uint8_t *data, uint64_t row0, uint64_t rows,
                                lmk_block_type type, const void *const *sources, uint64_t *failed_row) {
    return LMK_BLOCKS_CALL(isa, pack, m, data, row0, rows, type, sources, failed_row);
}

void lmk_blocks_to_floats(lmk_block_type type, const void *source, uint64_t count, float *out) {
    lmk_testing_blocks_to_floats(chosen(), type, source, count, out);
}

lmk_fit lmk_pack_blocks(const lmk_matrix *m, uint8_t *data, uint64_t row0, uint64_t rows, lmk_block_type type,
                        const void *const *sources, uint64_t *failed_row) {
    return lmk_testing_pack_blocks(chosen(), m, data, row0, rows, type, sources, failed_row);
}
