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
    /// Group length when weights are quantised on load to 4 or 8 bits rather than taken over.
    package var roundingGroup = Self.roundToNearestGroup

    package init(override: WeightFormat.Storage?) { self.override = override }

    /// 64 keeps the scales below 8 % of a w4 matrix and the rounding error near that of group 32.
    package static let roundToNearestGroup = 64
    /// Group length of matrices that come from the grouped types of GGUF: theirs, or twice theirs.
    package static let blockGroup = 32

    /// What the choice of a matrix's format needs to know about a checkpoint's tensor.
    package struct Source: Sendable, Equatable {
        package let dtype: DType
        /// Columns that share a scale where integers have scales in tensors of their own, else nil.
        package let group: Int?
        /// Whether fp16 holds these scales exactly.
        package let hasHalfScales: Bool

        package init(_ dtype: DType, group: Int? = nil, hasHalfScales: Bool = false) {
            self.dtype = dtype
            self.group = group
            self.hasHalfScales = hasHalfScales
        }

        fileprivate var storage: WeightFormat.Storage {
            group == nil ? dtype.storage : dtype == .int4 ? .w4 : .w8
        }
    }

    /// - Parameters:
    ///   - sources: the checkpoint's tensors that form the matrix.
    ///   - isFourBitModel: whether the checkpoint's weights are 4-bit on the whole.
    package func format(
        role: Role, sources: [Source], columns: Int, isFourBitModel: Bool
    ) -> WeightFormat {
        let dtypes = sources.map(\.dtype)
        let storage = override ?? native(role: role, sources: sources, isFourBitModel: isFourBitModel)
        // 4 bits are too few for the vocabulary: its rounding error reaches every logit.
        let isNarrow = storage == .w4 && role == .linear && columns % Self.blockGroup == 0
        switch storage {
        case .fp32: return .fp32
        case .fp16: return .fp16
        case .bf16: return .bf16
        case .w4 where isNarrow:
            let takesOver = dtypes.allSatisfy(\.isFourBit)
            return .w4(group: takesOver ? Self.commonGroup(sources) : roundingGroup)
        case .w8, .w4:
            // A row's only scale is repeated for shorter groups where nothing is lost by it: inputs are quantised
            // for each group of the weights, and their largest values then cost the others less.
            let haveOneScale = sources.allSatisfy { $0.group == columns && !$0.hasHalfScales }
            if columns % Self.blockGroup != 0 || haveOneScale { return .w8(group: 0) }
            let takesOver = sources.allSatisfy { $0.group != nil || $0.dtype.isGrouped }
            return .w8(group: takesOver ? Self.commonGroup(sources) : roundingGroup)
        }
    }

    /// The longest packed group of which those of all sources are multiples: their scales are repeated.
    private static func commonGroup(_ sources: [Source]) -> Int {
        [128, 64].first { length in
            sources.allSatisfy { source in source.group.map { $0 % length == 0 } ?? false }
        } ?? blockGroup
    }

    /// What holds a matrix whose scales do not fit `format`; nil when everything finite fits.
    package static func wider(than format: WeightFormat) -> WeightFormat? {
        switch format.storage {
        case .w4: .w8(group: format.group)
        case .w8: .fp32
        case .fp32, .fp16, .bf16: nil
        }
    }

    private func native(role: Role, sources: [Source], isFourBitModel: Bool) -> WeightFormat.Storage {
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
    /// The narrowest weight storage that keeps this type's precision.
    package var storage: WeightFormat.Storage {
        switch self {
        case .float32, .float64, .int8, .int16, .int32, .int64: .fp32
        case .float16: .fp16
        // Of 8-bit floats this keeps every value; products with their scales are rounded once.
        case .bfloat16, .float8E4M3, .float8E5M2, .float8E4M3FNUZ, .float8E5M2FNUZ, .float8E8M0: .bf16
        case .int4, .q4_0, .q4_1, .q4K: .w4
        case .q8_0, .q5_0, .q5_1, .q2K, .q3K, .q5K, .q6K, .iq4NL, .iq4XS, .mxfp4: .w8
        }
    }
}
