#include "common/vector_kernels.h"

void lmk_generic_rope(float *head, const float *cosines, const float *sines, uint32_t rotary_dim) {
    uint32_t half = rotary_dim / 2;
    for (uint32_t i = 0; i < half; i++) {
        float low = head[i], high = head[i + half];
        head[i] = low * cosines[i] - high * sines[i];
        head[i + half] = high * cosines[i] + low * sines[i];
    }
}
