package import Tensors

/// How many tensors of a type are held in a format, and what that takes.
package struct WeightConversion: Sendable, Equatable {
    /// The type in the checkpoint.
    package let source: DType
    /// The format in memory.
    package let format: WeightFormat
    package var tensors: Int
    package var sourceBytes: Int
    /// A fused matrix's bytes are shared out by rows.
    package var heldBytes: Int

    package init(source: DType, format: WeightFormat, tensors: Int, sourceBytes: Int, heldBytes: Int) {
        self.source = source
        self.format = format
        self.tensors = tensors
        self.sourceBytes = sourceBytes
        self.heldBytes = heldBytes
    }
}

extension Sequence<WeightConversion> {
    /// One line for people: "Q4_K (168 tensors, 76 MiB) -> w4 g32 (84 MiB), Q6_K (25, …) -> w8 g32 (…)".
    package var summary: String {
        func mebibytes(_ bytes: Int) -> String { "\((bytes + (1 << 19)) >> 20) MiB" }
        return enumerated().map { index, entry in
            let unit = index > 0 ? "" : entry.tensors == 1 ? " tensor" : " tensors"
            return "\(entry.source.rawValue) (\(entry.tensors)\(unit), \(mebibytes(entry.sourceBytes))) -> "
                + "\(entry.format) (\(mebibytes(entry.heldBytes)))"
        }.joined(separator: ", ")
    }
}

/// Collects conversions while a model is loaded.
struct WeightConversionList {
    private var entries: [Key: WeightConversion] = [:]

    private struct Key: Hashable {
        let source: DType
        let format: WeightFormat
    }

    mutating func add(_ source: DType, _ format: WeightFormat, sourceBytes: Int, heldBytes: Int) {
        let empty = WeightConversion(
            source: source, format: format, tensors: 0, sourceBytes: 0, heldBytes: 0)
        var entry = entries[Key(source: source, format: format)] ?? empty
        entry.tensors += 1
        entry.sourceBytes += sourceBytes
        entry.heldBytes += heldBytes
        entries[Key(source: source, format: format)] = entry
    }

    /// The largest first.
    var sorted: [WeightConversion] {
        entries.values.sorted {
            ($1.heldBytes, $0.source.rawValue, $0.format.description)
                < ($0.heldBytes, $1.source.rawValue, $1.format.description)
        }
    }
}
