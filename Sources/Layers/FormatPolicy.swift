package import Tensors

/// Chooses the format each weight is held in.
package struct FormatPolicy: Sendable, Equatable {
    /// What a matrix is for.
    package enum Role: Sendable {
        case linear
        /// Embedding table and output head, which may be one matrix.
        case vocabulary
    }

    /// `nil` keeps the checkpoint's own precision.
    package var override: WeightFormat.Storage?

    package init(override: WeightFormat.Storage?) { self.override = override }

    /// Group length when weights are quantised on load to 4 or 8 bits rather than taken over.
    /// 64 keeps the scales below 8 % of a w4 matrix and the rounding error near that of group 32.
    package static let roundToNearestGroup = 64
    /// Group length of the 4- and 8-bit block types of GGUF.
    package static let blockGroup = 32

    /// - Parameters:
    ///   - sources: data types of the checkpoint tensors that form the matrix.
    ///   - isFourBitModel: whether the checkpoint has 4-bit weights.
    package func format(
        role: Role, sources: [DType], columns: Int, isFourBitModel: Bool
    ) -> WeightFormat {
        let storage = override ?? native(role: role, sources: sources, isFourBitModel: isFourBitModel)
        let takesOver = override == nil || sources.allSatisfy { $0.storage == storage }
        let isBlockwise = takesOver && sources.allSatisfy { $0.blockElements > 1 }
        let group = isBlockwise ? Self.blockGroup : Self.roundToNearestGroup
        switch storage {
        case .fp32: return .fp32
        case .fp16: return .fp16
        case .bf16: return .bf16
        case .w8: return eightBit(group: group, columns: columns)
        case .w4:
            // 4 bits are too few for the vocabulary: its rounding error reaches every logit.
            if role == .vocabulary || columns % Self.blockGroup != 0 {
                return eightBit(group: group, columns: columns)
            }
            return .w4(group: group)
        }
    }

    private func eightBit(group: Int, columns: Int) -> WeightFormat {
        .w8(group: columns % Self.blockGroup == 0 ? group : 0)
    }

    private func native(role: Role, sources: [DType], isFourBitModel: Bool) -> WeightFormat.Storage {
        if role == .vocabulary && isFourBitModel { return .w8 }
        let storages = Set(sources.map(\.storage))
        if storages.count == 1, let only = storages.first { return only }
        // Parts of a fused matrix that differ: the narrowest storage that has the range and precision of all.
        if storages.contains(.fp32) || storages.isSuperset(of: [.bf16, .fp16]) { return .fp32 }
        if let sixteenBit = storages.first(where: { $0 == .bf16 || $0 == .fp16 }) { return sixteenBit }
        return .w8
    }
}

extension DType {
    /// The weight storage that holds this type without loss.
    package var storage: WeightFormat.Storage {
        switch self {
        case .float32: .fp32
        case .float16: .fp16
        case .bfloat16: .bf16
        case .q8_0: .w8
        case .q4_0, .q4_1: .w4
        }
    }

    package var isFourBit: Bool { storage == .w4 }
}
