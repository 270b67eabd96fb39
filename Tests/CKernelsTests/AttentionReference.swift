import CKernels

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// What tests know about the formats of the KV cache.
enum KVFormat {
    static let all = [LMK_KV_FP32, LMK_KV_FP16, LMK_KV_BF16]

    static func name(_ format: lmk_kv_format) -> String {
        switch format {
        case LMK_KV_FP32: "fp32"
        case LMK_KV_FP16: "fp16"
        case LMK_KV_BF16: "bf16"
        default: "format \(format.rawValue)"
        }
    }

    /// Largest error of an output against double precision over the same cache, for values up to 2: fp32 sums.
    static func budget(_ format: lmk_kv_format) -> Double { 2e-5 }

    /// A key or value of one head as the cache gives it back.
    static func stored(_ head: ArraySlice<Float>, _ format: lmk_kv_format) -> [Double] {
        head.map {
            switch format {
            case LMK_KV_FP16: Double(lmk_half_to_float(lmk_float_to_half($0)))
            case LMK_KV_BF16: Double(lmk_bfloat16_to_float(lmk_float_to_bfloat16($0)))
            default: Double($0)
            }
        }
    }
}

/// Causal softmax attention in double precision, from keys and values as the cache gives them back.
enum AttentionReference {
    static func attention(_ sequence: AttentionSequence) -> [Double] {
        let shape = sequence.shape, dim = shape.headDim, group = shape.qHeads / shape.kvHeads
        let stored = stored(sequence)
        var output = [Double](repeating: 0, count: sequence.rows * shape.outputFloats)
        for row in 0..<sequence.rows {
            for head in 0..<shape.qHeads {
                let query = row * shape.rowFloats + head * dim
                let key = (shape.qHeads + head / group) * dim, value = key + shape.kvHeads * dim
                let scores = (0...row).map { token in
                    (0..<dim).reduce(0.0) {
                        $0 + Double(sequence.qkv[query + $1]) * stored[token * shape.rowFloats + key + $1]
                    } * Double(sequence.scale)
                }
                let largest = scores.max() ?? 0
                let powers = scores.map { exp($0 - largest) }
                let sum = powers.reduce(0, +)
                for d in 0..<dim {
                    let weighted = (0...row).reduce(0.0) {
                        $0 + powers[$1] * stored[$1 * shape.rowFloats + value + d]
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
        let dim = sequence.shape.headDim
        return stride(from: 0, to: sequence.qkv.count, by: dim).flatMap {
            KVFormat.stored(sequence.qkv[$0..<$0 + dim], sequence.shape.format)
        }
    }
}
