// The kernels that are not linear layers, once per instruction set. `<isa>/table.c` puts them into
// its kernel table; what each one computes is written at the table's fields in `kernels.h`.
#ifndef LMK_VECTOR_KERNELS_H
#define LMK_VECTOR_KERNELS_H

#include "common/kernels.h"

#define LMK_DECLARE_VECTOR_KERNELS(isa)                                                            \
    void lmk_##isa##_rmsnorm(float *out, const float *x, const float *weight, size_t n,            \
                             float epsilon);                                                       \
    void lmk_##isa##_silu_mul(float *out, const float *gate, const float *up, size_t n);           \
    void lmk_##isa##_rope(float *head, const float *cosines, const float *sines,                   \
                          uint32_t rotary_dim);                                                    \
    void lmk_##isa##_kv_store(const lmk_kv_cache *cache, uint32_t layer, uint8_t *page,            \
                              uint32_t token, const float *key, const float *value);               \
    void lmk_##isa##_attention(const lmk_attention *op, const lmk_attention_tile *tile,            \
                               uint32_t kv_head, float *scratch);                                  \
    size_t lmk_##isa##_argmax(const float *x, size_t n);                                           \
    size_t lmk_##isa##_top_k(const float *x, size_t n, size_t k, int32_t *indices, float *values); \
    float lmk_##isa##_sum_exp(const float *x, size_t n, float maximum, float inverse_temperature); \
    double lmk_##isa##_ceiling_run(lmk_ceiling what, uint64_t iterations);                         \
    uint64_t lmk_##isa##_ceiling_read(const void *data, size_t bytes);

LMK_DECLARE_VECTOR_KERNELS(generic)
#if defined(__x86_64__)
LMK_DECLARE_VECTOR_KERNELS(avx2)
LMK_DECLARE_VECTOR_KERNELS(avx512)
#endif

#undef LMK_DECLARE_VECTOR_KERNELS

#endif
