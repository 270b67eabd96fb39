internal import CKernels

/// A way to hold a weight matrix: a row of the format table.
package struct WeightFormat: Sendable, Hashable, CustomStringConvertible {
    /// How single weights are stored.
    package enum Storage: String, Sendable, CaseIterable, Codable {
        case fp32, fp16, bf16, w8, w4
    }

    package let storage: Storage
    /// Inputs that share a scale; 0 where there are no groups (floats, and w8 with one scale per output).
    package let group: Int

    /// Every format there is.
    package static let table: [WeightFormat] = [
        .fp32, .fp16, .bf16, .w8(group: 0), .w8(group: 32), .w8(group: 64), .w8(group: 128),
        .w4(group: 32), .w4(group: 64), .w4(group: 128),
    ]

    package static let fp32 = WeightFormat(storage: .fp32, group: 0)
    package static let fp16 = WeightFormat(storage: .fp16, group: 0)
    package static let bf16 = WeightFormat(storage: .bf16, group: 0)
    package static func w8(group: Int) -> WeightFormat { WeightFormat(storage: .w8, group: group) }
    package static func w4(group: Int) -> WeightFormat { WeightFormat(storage: .w4, group: group) }

    /// Whether inputs are quantised to int8 before the multiplication.
    package var quantisesActivations: Bool { storage == .w8 || storage == .w4 }

    package var description: String {
        group == 0 ? storage.rawValue : "\(storage.rawValue) g\(group)"
    }

    /// Bytes of a packed matrix of `rows` outputs by `columns` inputs; `nil` when the format cannot hold it.
    package func byteCount(rows: Int, columns: Int) -> Int? {
        guard rows > 0, columns > 0 else { return nil }
        let bytes = lmk_matrix_bytes(code, UInt32(group), UInt64(rows), UInt64(columns))
        return bytes == 0 ? nil : bytes
    }

    var code: lmk_format {
        switch storage {
        case .fp32: LMK_FP32
        case .fp16: LMK_FP16
        case .bf16: LMK_BF16
        case .w8: LMK_W8
        case .w4: LMK_W4
        }
    }
}
