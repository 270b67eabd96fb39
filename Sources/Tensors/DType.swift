/// The element types a checkpoint's tensors can have.
///
/// Grouped types store `blockElements` consecutive values of a row in `blockBytes` bytes, as small integers with
/// a scale, and for some an offset, for each group of `groupElements`: `w = q * scale + offset`. The layouts of
/// the bytes are those of GGUF, described where they are read (`CKernels`, `common/blocks.h`).
package enum DType: String, Sendable, CaseIterable, Codable {
    case float64 = "F64"
    case float32 = "F32"
    case float16 = "F16"
    case bfloat16 = "BF16"
    case float8E4M3 = "F8_E4M3"
    case float8E5M2 = "F8_E5M2"
    case float8E4M3FNUZ = "F8_E4M3FNUZ"
    case float8E5M2FNUZ = "F8_E5M2FNUZ"
    /// Powers of two; the scales of other types.
    case float8E8M0 = "F8_E8M0"
    case int8 = "I8"
    case int16 = "I16"
    case int32 = "I32"
    case int64 = "I64"
    /// Integers 0...15 that have their scales and zero points in tensors of their own.
    case int4 = "I4"
    // swift-format-ignore: AlwaysUseLowerCamelCase
    case q4_0 = "Q4_0"
    // swift-format-ignore: AlwaysUseLowerCamelCase
    case q4_1 = "Q4_1"
    // swift-format-ignore: AlwaysUseLowerCamelCase
    case q5_0 = "Q5_0"
    // swift-format-ignore: AlwaysUseLowerCamelCase
    case q5_1 = "Q5_1"
    // swift-format-ignore: AlwaysUseLowerCamelCase
    case q8_0 = "Q8_0"
    case q2K = "Q2_K"
    case q3K = "Q3_K"
    case q4K = "Q4_K"
    case q5K = "Q5_K"
    case q6K = "Q6_K"
    case iq4NL = "IQ4_NL"
    case iq4XS = "IQ4_XS"
    case mxfp4 = "MXFP4"

    /// Values of a block and its bytes; a block of one value is a plain number. Two integers of 4 bits fill a byte.
    private var block: (elements: Int, bytes: Int) {
        switch self {
        case .float64, .int64: (1, 8)
        case .float32, .int32: (1, 4)
        case .float16, .bfloat16, .int16: (1, 2)
        case .int4: (2, 1)
        case .int8, .float8E4M3, .float8E5M2, .float8E4M3FNUZ, .float8E5M2FNUZ, .float8E8M0: (1, 1)
        // scale, (offset), (fifth bits), nibbles or bytes
        case .q4_0, .iq4NL: (32, 2 + 16)
        case .q4_1: (32, 2 + 2 + 16)
        case .q5_0: (32, 2 + 4 + 16)
        case .q5_1: (32, 2 + 2 + 4 + 16)
        case .q8_0: (32, 2 + 32)
        case .mxfp4: (32, 1 + 16)
        // scales of groups, low bits, (high bits), scales of the block
        case .q2K: (256, 16 + 64 + 2 + 2)
        case .q3K: (256, 32 + 64 + 12 + 2)
        case .q4K: (256, 2 + 2 + 12 + 128)
        case .q5K: (256, 2 + 2 + 12 + 32 + 128)
        case .q6K: (256, 128 + 64 + 16 + 2)
        case .iq4XS: (256, 2 + 2 + 4 + 128)
        }
    }

    /// How many values one block holds; 1 for the plain types.
    package var blockElements: Int { block.elements }

    /// How many bytes one block takes.
    package var blockBytes: Int { block.bytes }

    /// How many values share a scale; nil for the plain types.
    package var groupElements: Int? {
        switch self {
        case .q2K, .q3K, .q6K: 16
        default: isGrouped ? 32 : nil
        }
    }

    package var isGrouped: Bool { blockElements > 2 }

    package var isFloat8: Bool {
        switch self {
        case .float8E4M3, .float8E5M2, .float8E4M3FNUZ, .float8E5M2FNUZ, .float8E8M0: true
        default: false
        }
    }

    /// Whether the integers are 0...15, with any offset.
    package var isFourBit: Bool { self == .q4_0 || self == .q4_1 || self == .q4K || self == .int4 }

    /// Bytes of `elements` values.
    ///
    /// For counts that a file claims use `checkedBytes(elements:)`.
    package func bytes(elements: Int) -> Int {
        precondition(elements >= 0 && elements % blockElements == 0, "\(elements) values are no whole blocks")
        return elements / blockElements * blockBytes
    }

    /// Bytes of `elements` values, or nil when they are not whole blocks or the size does not fit an `Int`.
    package func checkedBytes(elements: Int) -> Int? {
        guard elements >= 0, elements % blockElements == 0 else { return nil }
        let (bytes, overflow) = (elements / blockElements).multipliedReportingOverflow(by: blockBytes)
        return overflow ? nil : bytes
    }
}
