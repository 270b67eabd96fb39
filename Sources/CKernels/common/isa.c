#include "common/kernels.h"

bool lmk_isa_supported(lmk_isa isa) {
    switch (isa) {
    case LMK_ISA_GENERIC: return true;
#if defined(__x86_64__)
    // These also check that the operating system saves the registers.
    case LMK_ISA_AVX2:
        return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") &&
               __builtin_cpu_supports("f16c");
    case LMK_ISA_AVX512:
        return lmk_isa_supported(LMK_ISA_AVX2) && __builtin_cpu_supports("avx512f") &&
               __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512vl") &&
               __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vnni");
#else
    case LMK_ISA_AVX2:
    case LMK_ISA_AVX512: return false;
#endif
    }
    return false;
}

bool lmk_cpu_has_bf16(void) {
#if defined(__x86_64__)
    return lmk_isa_supported(LMK_ISA_AVX512) && __builtin_cpu_supports("avx512bf16");
#else
    return false;
#endif
}

lmk_isa lmk_isa_best(void) {
    if (lmk_isa_supported(LMK_ISA_AVX512)) return LMK_ISA_AVX512;
    if (lmk_isa_supported(LMK_ISA_AVX2)) return LMK_ISA_AVX2;
    return LMK_ISA_GENERIC;
}

const char *lmk_isa_name(lmk_isa isa) {
    switch (isa) {
    case LMK_ISA_GENERIC: return "generic";
    case LMK_ISA_AVX2: return "avx2";
    case LMK_ISA_AVX512: return "avx512";
    }
    return "unknown";
}

const lmk_kernels *lmk_kernels_for(lmk_isa isa) {
    if (!lmk_isa_supported(isa)) return NULL;
#if defined(__x86_64__)
    if (isa == LMK_ISA_AVX2) return &lmk_kernels_avx2;
    if (isa == LMK_ISA_AVX512) return lmk_cpu_has_bf16() ? &lmk_kernels_avx512_bf16 : &lmk_kernels_avx512;
#endif
    return &lmk_kernels_generic;
}
