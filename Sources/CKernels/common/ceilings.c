#include "common/vector_kernels.h"

double lmk_ceiling_run(lmk_isa isa, lmk_ceiling what, uint64_t iterations) {
    if (!lmk_isa_supported(isa)) return 0;
    switch (isa) {
#if defined(__x86_64__)
    case LMK_ISA_AVX2: return lmk_avx2_ceiling_run(what, iterations);
    case LMK_ISA_AVXVNNI: return lmk_avxvnni_ceiling_run(what, iterations);
    case LMK_ISA_AVX512BW: return lmk_avx512bw_ceiling_run(what, iterations);
    case LMK_ISA_AVX512:
        if (what == LMK_CEILING_BF16_DOT && !lmk_cpu_has_bf16()) return 0;
        return lmk_avx512_ceiling_run(what, iterations);
#endif
#if defined(__aarch64__)
    case LMK_ISA_NEON: return lmk_neon_ceiling_run(what, iterations);
#endif
    default: return lmk_generic_ceiling_run(what, iterations);
    }
}

uint64_t lmk_ceiling_read(lmk_isa isa, const void *data, size_t bytes) {
    if (!lmk_isa_supported(isa)) return 0;
    switch (isa) {
#if defined(__x86_64__)
    case LMK_ISA_AVX2:
    case LMK_ISA_AVXVNNI: return lmk_avx2_ceiling_read(data, bytes);
    case LMK_ISA_AVX512BW:
    case LMK_ISA_AVX512: return lmk_avx512_ceiling_read(data, bytes);
#endif
#if defined(__aarch64__)
    case LMK_ISA_NEON: return lmk_neon_ceiling_read(data, bytes);
#endif
    default: return lmk_generic_ceiling_read(data, bytes);
    }
}
