#include "common/convert.h"

float lmk_half_to_float(uint16_t h) {
    return lmk_widen_half(h);
}

uint16_t lmk_float_to_half(float f) {
    return lmk_narrow_to_half(f);
}

float lmk_bfloat16_to_float(uint16_t b) {
    return lmk_widen_bfloat16(b);
}

uint16_t lmk_float_to_bfloat16(float f) {
    return lmk_narrow_to_bfloat16(f);
}

void lmk_half_to_float_row(const uint16_t *src, float *dst, size_t n) {
    for (size_t i = 0; i < n; ++i) dst[i] = lmk_widen_half(src[i]);
}

void lmk_bfloat16_to_float_row(const uint16_t *src, float *dst, size_t n) {
    for (size_t i = 0; i < n; ++i) dst[i] = lmk_widen_bfloat16(src[i]);
}
