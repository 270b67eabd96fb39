// Included by `<isa>/activation.c` after its `vector.h`.

LMK_VECTOR_BEGIN

LMK_INLINE vfloat silu(vfloat x) { return x / (vexp(-x) + 1.0f); }

void LMK_ISA_NAME(silu_mul)(float *out, const float *gate, const float *up, size_t n) {
    size_t i = 0;
    for (; i + LMK_LANES <= n; i += LMK_LANES) vstore(out + i, silu(vload(gate + i)) * vload(up + i));
    if (i < n) vstore_first(out + i, silu(vload_first(gate + i, n - i)) * vload_first(up + i, n - i), n - i);
}

LMK_VECTOR_END
