internal import Tensors

/// What the memory of a cell depends on.
extension KernelWork {
    /// The heads of attention; `nil` for a linear layer.
    package var heads: HeadShape? {
        switch self {
        case .linear: nil
        case .decode(_, let heads, _), .prefill(_, let heads, _): heads
        }
    }

    /// The element of attention's cache; `nil` for a linear layer.
    var element: KVCacheShape.Element? {
        switch self {
        case .linear: nil
        case .decode(let element, _, _), .prefill(let element, _, _): element
        }
    }

    /// Bytes of a linear layer's weight, with the rest of its last cache lines; 0 for attention.
    var matrixBytes: Int {
        guard case .linear(let format, let shape, _) = self else { return 0 }
        return format.byteCount(rows: shape.outputs, columns: shape.inputs).map(ColdWeights.stride) ?? 0
    }

    /// Floats of an input row.
    var inputs: Int {
        switch self {
        case .linear(_, let shape, _): shape.inputs
        case .decode(_, let heads, _), .prefill(_, let heads, _): heads.queryKeyValueWidth
        }
    }

    /// Floats of an output row.
    var outputs: Int {
        switch self {
        case .linear(_, let shape, _): shape.outputs
        case .decode(_, let heads, _), .prefill(_, let heads, _): heads.queryWidth
        }
    }
}
