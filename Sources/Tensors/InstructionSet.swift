internal import CKernels

/// A family of SIMD instructions that the kernels are compiled for.
package enum InstructionSet: String, Sendable, CaseIterable {
    case generic
    case avx2
    case avxvnni
    case avx512bw
    case avx512
    case neon

    /// Whether this CPU and operating system can run it.
    package var isSupported: Bool { lmk_isa_supported(code) }

    /// The fastest one this machine can run.
    package static var best: InstructionSet { InstructionSet(code: lmk_isa_best()) }

    var code: lmk_isa {
        switch self {
        case .generic: LMK_ISA_GENERIC
        case .avx2: LMK_ISA_AVX2
        case .avxvnni: LMK_ISA_AVXVNNI
        case .avx512bw: LMK_ISA_AVX512BW
        case .avx512: LMK_ISA_AVX512
        case .neon: LMK_ISA_NEON
        }
    }

    init(code: lmk_isa) {
        self = Self.allCases.first { $0.code == code } ?? .generic
    }
}
