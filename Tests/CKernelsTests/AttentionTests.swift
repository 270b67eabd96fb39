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
    static let isasAndShapes = VectorISA.supported.flatMap { isa in AttentionShape.all.map { (isa, $0) } }

    @Test("agrees with double precision", arguments: isasAndShapes)
    func agreesWithReference(isa: VectorISA, shape: AttentionShape) throws {
        for rows in [1, 2, 5, 63, 64, 65, 130] {
            let sequence = AttentionSequence(shape, rows: rows, isa: isa)
            let output = try sequence.attend(), expected = AttentionReference.attention(sequence)
            let worst = zip(output, expected).map { abs(Double($0) - $1) }.max() ?? .nan
            #expect(worst <= KVFormat.budget(shape.format), "\(rows) rows: \(worst)")
        }
    }

    @Test("any cut into commands, tiles and threads gives the same bits", arguments: isasAndShapes)
    func cutsDoNotMatter(isa: VectorISA, shape: AttentionShape) throws {
        let rotaryDim = shape.headDim / 2 * 2
        // Plain C takes one row at a time anyway, and its time.
        let rows = isa == .generic ? 75 : 150
        let sequence = AttentionSequence(shape, rows: rows, isa: isa, rotaryDim: rotaryDim)
        let whole = try sequence.attend().bitPatterns
        #expect(whole.allSatisfy { !Float(bitPattern: $0).isNaN })
        for (command, tile, threads) in [
            (150, 32, 2), (150, 7, 1), (150, 1, 1), (150, 1, 3), (1, 1, 1), (1, 1, 2), (7, 7, 2), (64, 32, 1),
            (100, 13, 4),
        ] {
            // A fresh cache each time: nothing may come from the run before.
            let again = AttentionSequence(shape, rows: rows, isa: isa, rotaryDim: rotaryDim)
            let bits = try again.attend(command: command, tile: tile, threads: UInt32(threads)).bitPatterns
            #expect(same(bits, whole), "commands of \(command), tiles of \(tile), \(threads) threads")
        }
    }

    @Test("nothing behind a row's position touches it", arguments: isasAndShapes)
    func futureDoesNotMatter(isa: VectorISA, shape: AttentionShape) throws {
        let rows = 90, cut = 75
        let clean = try AttentionSequence(shape, rows: rows, isa: isa).attend()
        // Bytes of 0xFF are NaN as a float of any format, and as a scale: what an earlier sequence may have left.
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
        for format in KVFormat.all {
            let shape = AttentionShape(headDim: 64, qHeads: 3, kvHeads: 1, format: format)
            let sequence = AttentionSequence(shape, rows: 200, isa: isa)
            for i in sequence.qkv.indices where i % shape.rowFloats < 64 * 3 { sequence.qkv[i] *= 40 }
            let output = try sequence.attend(), expected = AttentionReference.attention(sequence)
            let worst = zip(output, expected).map { abs(Double($0) - $1) }.max() ?? .nan
            #expect(worst <= KVFormat.extremeBudget(format), "\(KVFormat.name(format))")
        }
    }

    @Test("what is not finite is stored as zero or the format's limit", arguments: VectorISA.supported)
    func storesFiniteNumbers(isa: VectorISA) throws {
        for format in KVFormat.all {
            let limit = KVFormat.limit(format)
            let shape = AttentionShape(headDim: 16, qHeads: 1, kvHeads: 1, format: format)
            for (value, stored) in [
                (Float.infinity, limit), (-.infinity, -limit), (.nan, 0), (3e38, limit), (-3e38, -limit),
            ] {
                let sequence = AttentionSequence(shape, rows: 1, isa: isa)
                sequence.qkv = [Float](repeating: 0, count: 32) + [Float](repeating: value, count: 16)
                #expect(try sequence.attend() == [Float](repeating: stored, count: 16))
            }
        }
    }

    @Test("a key and value that are not finite leave later tokens finite", arguments: isasAndShapes)
    func survivesBadTokens(isa: VectorISA, shape: AttentionShape) throws {
        for poison in [Float.nan, .infinity, -.infinity] {
            let sequence = AttentionSequence(shape, rows: 70, isa: isa)
            let row = 5 * shape.rowFloats
            // Its query too: that row may become NaN, others not.
            for i in row..<row + shape.rowFloats { sequence.qkv[i] = poison }
            let output = try sequence.attend()
            let others = output.indices.filter { $0 / shape.outputFloats != 5 }
            #expect(others.allSatisfy { output[$0].isFinite }, "\(poison)")
        }
    }

    @Test("blocks of 64 tokens and more give the same bits", arguments: VectorISA.supported)
    func longBlocksDoNotMatter(isa: VectorISA) throws {
        for format in KVFormat.all {
            let outputs = try [64, 128, 192, 256].map { length in
                let shape = AttentionShape(
                    headDim: 48, qHeads: 4, kvHeads: 2, format: format, blockTokens: length)
                return try AttentionSequence(shape, rows: 300, isa: isa).attend().bitPatterns
            }
            #expect(outputs.allSatisfy { same($0, outputs[0]) }, "\(KVFormat.name(format))")
        }
    }
}
