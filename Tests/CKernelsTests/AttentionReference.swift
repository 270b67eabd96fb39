import CKernels

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// Causal softmax attention in double precision, from keys and values as the cache gives them back.
enum AttentionReference {
    /// - Parameter exact: from keys and values before they were stored.
    static func attention(_ sequence: AttentionSequence, exact: Bool = false) -> [Double] {
        let shape = sequence.shape, dim = shape.headDim, group = shape.qHeads / shape.kvHeads
        let stored = exact ? sequence.qkv.map { Double($0) } : stored(sequence)
        var output = [Double](repeating: 0, count: sequence.rows * shape.outputFloats)
        for row in 0..<sequence.rows {
            for head in 0..<shape.qHeads {
                let query = row * shape.rowFloats + head * dim
                let key = (shape.qHeads + head / group) * dim, value = key + shape.kvHeads * dim
                let first = shape.window == 0 ? 0 : max(0, row + 1 - shape.window)
                let scores = (first...row).map { token in
                    (0..<dim).reduce(0.0) {
                        $0 + Double(sequence.qkv[query + $1]) * stored[token * shape.rowFloats + key + $1]
                    } * Double(sequence.scale)
                }
                let largest = scores.max() ?? 0
                let powers = scores.map { exp($0 - largest) }
                let sum = powers.reduce(0, +)
                for d in 0..<dim {
                    let weighted = (first...row).reduce(0.0) {
                        $0 + powers[$1 - first] * stored[$1 * shape.rowFloats + value + d]
                    }
                    output[row * shape.outputFloats + head * dim + d] = weighted / sum
                }
            }
        }
        return output
    }

    /// The rows of the sequence with keys and values as the cache gives them back. (Queries are rounded as well,
    /// and not read.)
    private static func stored(_ sequence: AttentionSequence) -> [Double] {
        let shape = sequence.shape, heads = shape.qHeads + 2 * shape.kvHeads
        return stride(from: 0, to: sequence.qkv.count, by: shape.headDim).flatMap { start in
            let isValue = start / shape.headDim % heads >= shape.qHeads + shape.kvHeads
            let head = sequence.qkv[start..<start + shape.headDim]
            return KVFormat.stored(head, shape.format, shape.staticScales, isValue: isValue)
        }
    }
}

/// Root mean square of the difference, relative to that of `expected`.
func relativeError(_ output: [Double], _ expected: [Double]) -> Double {
    let difference = zip(output, expected).reduce(0) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) }
    return (difference / expected.reduce(0) { $0 + $1 * $1 }).squareRoot()
}
