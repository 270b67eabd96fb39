package import Tensors

/// What a kernel is asked to do, again and again.
package enum KernelWork: Sendable, Hashable {
    package enum Operation: String, Sendable, CaseIterable {
        case linear, decode, prefill
    }

    /// `rows` rows times a matrix, the quantisation of the rows included.
    case linear(WeightFormat, MatrixShape, rows: Int)
    /// Attention of one sequence's last token over `context` tokens.
    case decode(KVCacheShape.Element, HeadShape, context: Int)
    /// Attention of the last rows of a prompt of `context` tokens.
    case prefill(KVCacheShape.Element, HeadShape, context: Int)

    package static let mostRows = 4096
    package static let longestContext = 1 << 20
    /// The longest chunk of a prompt that one cell computes.
    package static let chunkRows = 512

    package var operation: Operation {
        switch self {
        case .linear: .linear
        case .decode: .decode
        case .prefill: .prefill
        }
    }

    package var format: String {
        switch self {
        case .linear(let format, _, _): format.description
        case .decode(let element, _, _), .prefill(let element, _, _): element.rawValue
        }
    }

    package var shape: String {
        switch self {
        case .linear(_, let shape, _): shape.description
        case .decode(_, let heads, _), .prefill(_, let heads, _): heads.description
        }
    }

    /// Rows of a linear layer, tokens in the cache of attention.
    package var size: Int {
        switch self {
        case .linear(_, _, let rows): rows
        case .decode(_, _, let context), .prefill(_, _, let context): context
        }
    }

    /// Input rows of the operation.
    package var rows: Int {
        switch self {
        case .linear(_, _, let rows): rows
        case .decode: 1
        case .prefill(_, _, let context): min(context, Self.chunkRows)
        }
    }

    /// What limits it on `kernels`: reading memory for one row, multiply-adds for more.
    package func ceiling(on kernels: Kernels) -> Ceiling {
        switch self {
        case .linear(_, _, rows: 1), .decode: .memoryRead
        case .linear(let format, _, _): kernels.multiplyAdd(for: format)
        case .prefill(let element, _, _): kernels.multiplyAdd(for: element)
        }
    }

    /// Units of its ceiling that doing it once takes: bytes that have to be read, or operations.
    package var unitsOfWork: Double {
        switch self {
        case .linear(let format, let shape, rows: 1):
            return Double(format.byteCount(rows: shape.outputs, columns: shape.inputs) ?? 0)
        case .linear(_, let shape, let rows):
            return 2 * Double(rows) * Double(shape.outputs) * Double(shape.inputs)
        case .decode(let element, let heads, let context):
            let block = KVCacheShape(element, heads, layers: 1)
            return Double(block.bytesPerBlock) / Double(block.tokensPerBlock) * Double(context)
        case .prefill(_, let heads, let context):
            // A row at position p sees p + 1 tokens: one multiply-add for its score and one for its value.
            let pairs = (context - rows..<context).reduce(0.0) { $0 + Double($1 + 1) }
            return 4 * pairs * Double(heads.dimension * heads.queryHeads)
        }
    }
}

extension KVCacheShape {
    init(_ element: Element, _ heads: HeadShape, layers: Int) {
        self.init(
            element: element, layers: layers, keyValueHeads: heads.keyValueHeads,
            headDimension: heads.dimension)
    }
}
