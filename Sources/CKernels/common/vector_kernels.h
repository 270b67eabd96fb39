// The kernels that are not linear layers, once per instruction set. `<isa>/table.c` puts them into
// its kernel table; what each one computes is written at the table's fields in `kernels.h`.
#ifndef LMK_VECTOR_KERNELS_H
#define LMK_VECTOR_KERNELS_H

#include "common/kernels.h"

/// What an instruction set has of its own that only adds products of integers to another one.
#define LMK_DECLARE_DOT_KERNELS(isa)                                                               \
    void lmk_##isa##_attention(const lmk_attention *op, const lmk_attention_tile *tile,            \
                               uint32_t kv_head, float *scratch);                                  \
    void lmk_##isa##_attention_span(const lmk_attention *op, const lmk_attention_tile *tile,       \
                                    uint32_t kv_head, uint32_t span, float *scratch,               \
                                    float *records);                                               \
    void lmk_##isa##_attention_fold(const lmk_attention *op, float *totals, float *records);       \
    void lmk_##isa##_attention_finish(const lmk_attention *op, const lmk_attention_tile *tile,     \
                                      uint32_t kv_head, float *totals);                            \
    double lmk_##isa##_ceiling_run(lmk_ceiling what, uint64_t iterations);

#define LMK_DECLARE_VECTOR_KERNELS(isa)                                                            \
    LMK_DECLARE_DOT_KERNELS(isa)                                                                   \
    void lmk_##isa##_rmsnorm(float *out, const float *x, const float *weight, size_t n,            \
                             float epsilon);                                                       \
    void lmk_##isa##_silu_mul(float *out, const float *gate, const float *up, size_t n);           \
    void lmk_##isa##_rope(float *head, const float *cosines, const float *sines,                   \
                          uint32_t rotary_dim);                                                    \
    void lmk_##isa##_kv_store(const lmk_kv_cache *cache, uint32_t layer, uint8_t *page,            \
                              uint32_t token, const float *key, const float *value);               \
    size_t lmk_##isa##_argmax(const float *x, size_t n);                                           \
    lmk_softmax lmk_##isa##_softmax_scan(const float *x, size_t n);                                \
    void lmk_##isa##_copy_allowed(float *out, const float *x, size_t n, const uint64_t *allowed);  \
    void lmk_##isa##_block_maxima(const float *x, size_t n, float *maxima);                        \
    size_t lmk_##isa##_at_least(const float *x, size_t n, const float *maxima, float bound,        \
                                uint64_t *candidates);                                             \
    void lmk_##isa##_weights(const float *x, size_t n, float maximum, float inverse_temperature,   \
                             uint64_t *weights);                                                   \
    void lmk_##isa##_weight_sums(const float *x, size_t n, float maximum, float inverse_temperature,\
                                 uint64_t *sums);                                                  \
    uint64_t lmk_##isa##_ceiling_read(const void *data, size_t bytes);

LMK_DECLARE_VECTOR_KERNELS(generic)
#if defined(__x86_64__)
LMK_DECLARE_VECTOR_KERNELS(avx2)
LMK_DECLARE_DOT_KERNELS(avxvnni)
LMK_DECLARE_DOT_KERNELS(avx512bw)
LMK_DECLARE_VECTOR_KERNELS(avx512)
#endif
#if defined(__aarch64__)
LMK_DECLARE_VECTOR_KERNELS(neon)
#endif

#undef LMK_DECLARE_VECTOR_KERNELS
#undef LMK_DECLARE_DOT_KERNELS

#endif
