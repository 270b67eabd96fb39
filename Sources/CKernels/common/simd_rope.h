// Included by `<isa>/rope.c` after its `vector.h`.

LMK_VECTOR_BEGIN

LMK_INLINE vfloat rotated_low(vfloat low, vfloat high, vfloat cosine, vfloat sine) {
    return vfma(low, cosine, -(high * sine));
}
LMK_INLINE vfloat rotated_high(vfloat low, vfloat high, vfloat cosine, vfloat sine) {
    return vfma(high, cosine, low * sine);
}

void LMK_ISA_NAME(rope)(float *head, const float *cosines, const float *sines, uint32_t rotary_dim) {
    uint32_t half = rotary_dim / 2, i = 0;
    for (; i + LMK_LANES <= half; i += LMK_LANES) {
        vfloat low = vload(head + i), high = vload(head + half + i);
        vfloat cosine = vload(cosines + i), sine = vload(sines + i);
        vstore(head + i, rotated_low(low, high, cosine, sine));
        vstore(head + half + i, rotated_high(low, high, cosine, sine));
    }
    if (i < half) {
        uint32_t rest = half - i;
        vfloat low = vload_first(head + i, rest), high = vload_first(head + half + i, rest);
        vfloat cosine = vload_first(cosines + i, rest), sine = vload_first(sines + i, rest);
        vstore_first(head + i, rotated_low(low, high, cosine, sine), rest);
        vstore_first(head + half + i, rotated_high(low, high, cosine, sine), rest);
    }
}

LMK_VECTOR_END
