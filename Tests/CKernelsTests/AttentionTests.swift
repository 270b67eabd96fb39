import CKernels
import Testing

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

@Suite("attention")
struct AttentionTests {
    /// Relative to the largest value of the row, for keys and values as the cache holds them.
    static let budget = 1e-5

    static let isasAndShapes = VectorISA.supported.flatMap { isa in AttentionShape.all.map { (isa, $0) } }

    @Test("agrees with double precision", arguments: isasAndShapes)
    func agreesWithReference(isa: VectorISA, shape: AttentionShape) throws {
        for rows in [1, 2, 5, 63, 64, 65, 130] {
            let sequence = AttentionSequence(shape, rows: rows, isa: isa)
            let output = try sequence.attend(), expected = Self.reference(sequence)
            let worst = zip(output, expected).map { abs(Double($0) - $1) }.max() ?? .nan
            #expect(worst <= Self.budget * 2, "\(rows) rows: \(worst)")
        }
    }

    @Test("any cut into commands, tiles and threads gives the same bits", arguments: isasAndShapes)
    func cutsDoNotMatter(isa: VectorISA, shape: AttentionShape) throws {
        let rotaryDim = shape.headDim / 2 * 2
        let sequence = AttentionSequence(shape, rows: 150, isa: isa, rotaryDim: rotaryDim)
        let whole = try sequence.attend().bitPatterns
        #expect(whole.allSatisfy { !Float(bitPattern: $0).isNaN })
        for (command, tile, threads) in [
            (150, 32, 2), (150, 7, 1), (150, 1, 1), (150, 1, 3), (1, 1, 1), (1, 1, 2), (7, 7, 2), (64, 32, 1),
            (100, 13, 4),
        ] {
            // A fresh cache each time: nothing may come from the run before.
            let again = AttentionSequence(shape, rows: 150, isa: isa, rotaryDim: rotaryDim)
            let bits = try again.attend(command: command, tile: tile, threads: UInt32(threads)).bitPatterns
            #expect(same(bits, whole), "commands of \(command), tiles of \(tile), \(threads) threads")
        }
    }

    @Test("nothing behind a row's position touches it", arguments: isasAndShapes)
    func futureDoesNotMatter(isa: VectorISA, shape: AttentionShape) throws {
        let rows = 90, cut = 75
        let clean = try AttentionSequence(shape, rows: rows, isa: isa).attend()
        // Every byte 0xFF is NaN in both formats: what an earlier sequence may have left in the blocks.
        let stale = AttentionSequence(shape, rows: rows, isa: isa, cacheFilledWith: 0xFF)
        #expect(same(try stale.attend().bitPatterns, clean.bitPatterns))

        for poison in [Float.nan, .infinity, -3e38] {
            let poisoned = AttentionSequence(shape, rows: rows, isa: isa)
            for i in cut * shape.rowFloats..<rows * shape.rowFloats { poisoned.qkv[i] = poison }
            let output = try poisoned.attend(), before = cut * shape.outputFloats
            let earlier = Array(output[..<before]).bitPatterns
            #expect(same(earlier, Array(clean[..<before]).bitPatterns), "\(poison)")
        }
    }

    @Test("stays exact when scores are far apart", arguments: VectorISA.supported)
    func extremeScores(isa: VectorISA) throws {
        for format in [LMK_KV_FP32, LMK_KV_FP16] {
            let shape = AttentionShape(headDim: 64, qHeads: 3, kvHeads: 1, format: format)
            let sequence = AttentionSequence(shape, rows: 200, isa: isa)
            for i in sequence.qkv.indices where i % shape.rowFloats < 64 * 3 { sequence.qkv[i] *= 40 }
            let output = try sequence.attend(), expected = Self.reference(sequence)
            // Scores of several hundred carry an absolute error of 1e-4 into the exponent.
            let worst = zip(output, expected).map { abs(Double($0) - $1) }.max() ?? .nan
            #expect(worst <= 1e-3)
        }
    }

    @Test("fp16 keys and values saturate instead of becoming infinite", arguments: VectorISA.supported)
    func saturation(isa: VectorISA) throws {
        let shape = AttentionShape(headDim: 16, qHeads: 1, kvHeads: 1, format: LMK_KV_FP16)
        let sequence = AttentionSequence(shape, rows: 1, isa: isa)
        sequence.qkv = [Float](repeating: 0, count: 16) + [Float](repeating: 1e6, count: 32)
        #expect(try sequence.attend() == [Float](repeating: 65504, count: 16))
    }

    // MARK: Reference

    /// Causal softmax attention in double precision, from keys and values rounded as the cache rounds.
    static func reference(_ sequence: AttentionSequence) -> [Double] {
        let shape = sequence.shape, dim = shape.headDim, group = shape.qHeads / shape.kvHeads
        let stored = sequence.qkv.map {
            shape.format == LMK_KV_FP16 ? Double(lmk_half_to_float(lmk_float_to_half($0))) : Double($0)
        }
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
}
