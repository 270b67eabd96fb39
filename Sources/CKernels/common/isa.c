#include "common/kernels.h"

#if defined(__aarch64__) && defined(__linux__)
#include <sys/auxv.h>
#elif defined(__aarch64__) && defined(__APPLE__)
#include <sys/sysctl.h>
#endif

#if defined(__aarch64__)
typedef enum arm_feature { ARM_DOTPROD, ARM_I8MM, ARM_BF16 } arm_feature;

#if defined(__linux__)
/// Bits of the kernel's interface: HWCAP_ASIMDDP, HWCAP2_I8MM and HWCAP2_BF16, which old headers lack.
static bool arm_has(arm_feature feature) {
    switch (feature) {
    case ARM_DOTPROD: return getauxval(AT_HWCAP) >> 20 & 1;
    case ARM_I8MM: return getauxval(AT_HWCAP2) >> 13 & 1;
    case ARM_BF16: return getauxval(AT_HWCAP2) >> 14 & 1;
    }
    return false;
}
#elif defined(__APPLE__)
static bool arm_has(arm_feature feature) {
    static const char *const names[] = {
        [ARM_DOTPROD] = "hw.optional.arm.FEAT_DotProd",
        [ARM_I8MM] = "hw.optional.arm.FEAT_I8MM",
        [ARM_BF16] = "hw.optional.arm.FEAT_BF16",
    };
    int value = 0;
    size_t bytes = sizeof value;
    return sysctlbyname(names[feature], &value, &bytes, NULL, 0) == 0 && value == 1;
}
#else
static bool arm_has(arm_feature feature) {
    (void)feature;
    return false;
}
#endif
#endif

bool lmk_isa_supported(lmk_isa isa) {
    switch (isa) {
    case LMK_ISA_GENERIC: return true;
#if defined(__x86_64__)
    // These also check that the operating system saves the registers.
    case LMK_ISA_AVX2:
        return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") &&
               __builtin_cpu_supports("f16c");
    case LMK_ISA_AVXVNNI: return lmk_isa_supported(LMK_ISA_AVX2) && __builtin_cpu_supports("avxvnni");
    case LMK_ISA_AVX512BW:
        return lmk_isa_supported(LMK_ISA_AVX2) && __builtin_cpu_supports("avx512f") &&
               __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512vl") &&
               __builtin_cpu_supports("avx512dq");
    case LMK_ISA_AVX512: return lmk_isa_supported(LMK_ISA_AVX512BW) && __builtin_cpu_supports("avx512vnni");
#else
    case LMK_ISA_AVX2:
    case LMK_ISA_AVXVNNI:
    case LMK_ISA_AVX512BW:
    case LMK_ISA_AVX512: return false;
#endif
#if defined(__aarch64__)
    case LMK_ISA_NEON: return arm_has(ARM_DOTPROD);
#else
    case LMK_ISA_NEON: return false;
#endif
    }
    return false;
}

bool lmk_cpu_has_bf16(void) {
#if defined(__x86_64__)
    return lmk_isa_supported(LMK_ISA_AVX512) && __builtin_cpu_supports("avx512bf16");
#elif defined(__aarch64__)
    // Every core since Armv8.6 has both; one table less without those that have one.
    return lmk_cpu_has_i8mm() && arm_has(ARM_BF16);
#else
    return false;
#endif
}

bool lmk_cpu_has_i8mm(void) {
#if defined(__aarch64__)
    return lmk_isa_supported(LMK_ISA_NEON) && arm_has(ARM_I8MM);
#else
    return false;
#endif
}

lmk_isa lmk_isa_best(void) {
    // No CPU has AVX-VNNI and AVX-512 without VNNI.
    static const lmk_isa fastest_first[] = {LMK_ISA_AVX512, LMK_ISA_AVX512BW, LMK_ISA_AVXVNNI, LMK_ISA_AVX2,
                                            LMK_ISA_NEON};
    for (size_t i = 0; i < sizeof fastest_first / sizeof *fastest_first; i++)
        if (lmk_isa_supported(fastest_first[i])) return fastest_first[i];
    return LMK_ISA_GENERIC;
}

const char *lmk_isa_name(lmk_isa isa) {
    switch (isa) {
    case LMK_ISA_GENERIC: return "generic";
    case LMK_ISA_AVX2: return "avx2";
    case LMK_ISA_AVXVNNI: return "avxvnni";
    case LMK_ISA_AVX512BW: return "avx512bw";
    case LMK_ISA_AVX512: return "avx512";
    case LMK_ISA_NEON: return "neon";
    }
    return "unknown";
}

const lmk_kernels *lmk_kernels_for(lmk_isa isa) {
    if (!lmk_isa_supported(isa)) return NULL;
#if defined(__x86_64__)
    if (isa == LMK_ISA_AVX2) return &lmk_kernels_avx2;
    if (isa == LMK_ISA_AVXVNNI) return &lmk_kernels_avxvnni;
    if (isa == LMK_ISA_AVX512BW) return &lmk_kernels_avx512bw;
    if (isa == LMK_ISA_AVX512) return lmk_cpu_has_bf16() ? &lmk_kernels_avx512_bf16 : &lmk_kernels_avx512;
#endif
#if defined(__aarch64__)
    if (isa == LMK_ISA_NEON) {
        if (lmk_cpu_has_bf16()) return &lmk_kernels_neon_bf16;
        return lmk_cpu_has_i8mm() ? &lmk_kernels_neon_i8mm : &lmk_kernels_neon;
    }
#endif
    return &lmk_kernels_generic;
}
