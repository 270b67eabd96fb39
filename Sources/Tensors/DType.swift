/// The element types a checkpoint's tensors can have.
///
/// Block types store `blockElements` consecutive values of a row in `blockBytes` bytes:
/// - `q4_0`: fp16 scale, 16 bytes of nibbles; `w = (q - 8) * scale`
/// - `q4_1`: fp16 scale, fp16 offset, 16 bytes of nibbles; `w = q * scale + offset`
/// - `q8_0`: fp16 scale, 32 signed bytes; `w = q * scale`
///
/// In both 4-bit types the low nibble of byte `i` is element `i` and the high nibble element `i + 16`.
package enum DType: String, Sendable, CaseIterable {
    case float32
    case float16
    case bfloat16
    // swift-format-ignore: AlwaysUseLowerCamelCase
    case q4_0
    // swift-format-ignore: AlwaysUseLowerCamelCase
    case q4_1
    // swift-format-ignore: AlwaysUseLowerCamelCase
    case q8_0

    /// How many values one block holds; 1 for the float types.
    package var blockElements: Int {
        switch self {
        case .float32, .float16, .bfloat16: 1
        case .q4_0, .q4_1, .q8_0: 32
        }
    }

    /// How many bytes one block takes.
    package var blockBytes: Int {
        switch self {
        case .float32: 4
        case .float16, .bfloat16: 2
        case .q4_0: 2 + 16
        case .q4_1: 2 + 2 + 16
        case .q8_0: 2 + 32
        }
    }

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
