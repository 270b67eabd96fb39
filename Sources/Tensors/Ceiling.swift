internal import CKernels

/// Something a machine can do at most so often in a second.
package enum Ceiling: String, Sendable, CaseIterable {
    /// Bytes read from memory.
    case memoryRead = "memory read"
    /// Multiply-adds of 4-bit by 8-bit integers, as w4 weights need them.
    case int8Dot = "int8 dot"
    /// Multiply-adds of signed 8-bit integers, as w8 weights need them.
    case int8SignedDot = "int8 signed dot"
    /// Multiply-adds of 16-bit integers, as attention over int8 and int4 levels needs them.
    case int16Dot = "int16 dot"
    case bfloat16Dot = "bf16 dot"
    case float32 = "fp32"

    /// What 10^9 of them in a second are called; a multiply and an add are two operations.
    package var unit: String {
        switch self {
        case .memoryRead: "GB/s"
        case .int8Dot, .int8SignedDot, .int16Dot: "GOPS"
        case .bfloat16Dot, .float32: "GFLOPS"
        }
    }

    /// `nil` for memory, which is no loop over registers.
    var code: lmk_ceiling? {
        switch self {
        case .memoryRead: nil
        case .int8Dot: LMK_CEILING_INT8_DOT
        case .int8SignedDot: LMK_CEILING_INT8_SIGNED_DOT
        case .int16Dot: LMK_CEILING_INT16_DOT
        case .bfloat16Dot: LMK_CEILING_BF16_DOT
        case .float32: LMK_CEILING_FP32
        }
    }
}

extension Kernels {
    /// The multiply-add that this instruction set's kernels use for weights of `format`.
    package func multiplyAdd(for format: WeightFormat) -> Ceiling {
        switch format.storage {
        case .w4: .int8Dot
        case .w8: .int8SignedDot
        case .bf16:
            [.avx512, .neon].contains(instructionSet) && lmk_cpu_has_bf16() ? .bfloat16Dot : .float32
        case .fp16, .fp32: .float32
        }
    }

    /// The multiply-add of attention over a cache of `element`.
    package func multiplyAdd(for element: KVCacheShape.Element) -> Ceiling {
        switch element {
        case .int8, .int4: .int16Dot
        case .fp32, .fp16, .bf16: .float32
        }
    }
}
