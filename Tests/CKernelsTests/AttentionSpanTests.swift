import CKernels
import Testing

/// Sequences of several spans, which threads share.
@Suite("attention over spans")
struct AttentionSpanTests {
    private static let span = Int(LMK_SPAN_TOKENS)
    static let isasAndFormats = VectorISA.supported.flatMap { isa in KVFormat.all.map { (isa, $0) } }

    @Test("agrees with double precision", arguments: isasAndFormats)
    func agreesWithReference(isa: VectorISA, format: lmk_kv_format) throws {
        for window in [0, 300] {
            let shape = AttentionShape(headDim: 16, qHeads: 2, kvHeads: 1, format: format, window: window)
            let sequence = AttentionSequence(shape, rows: Self.span + 100, isa: isa)
            let output = try sequence.attend(threads: 2), expected = AttentionReference.attention(sequence)
            let worst = zip(output, expected).map { abs(Double($0) - $1) }.max() ?? .nan
            #expect(worst <= KVFormat.budget(format), "\(worst), window of \(window)")
        }
    }

    @Test("a row alone on any number of threads has the bits it has in a prompt", arguments: isasAndFormats)
    func splittingDoesNotMatter(isa: VectorISA, format: lmk_kv_format) throws {
        for (headDim, qHeads, kvHeads, blockTokens, window) in [
            (16, 2, 1, 64, 0), (40, 6, 2, 16, 0), (16, 2, 1, 64, 1100), (8, 2, 2, 32, 40),
        ] {
            let shape = AttentionShape(
                headDim: headDim, qHeads: qHeads, kvHeads: kvHeads, format: format, blockTokens: blockTokens,
                window: window)
            let rows = 3 * Self.span + 70
            let sequence = AttentionSequence(shape, rows: rows, isa: isa)
            let whole = try sequence.attend(threads: 2)
            for threads in [1, 2, 3, 8] {
                // Around the ends of spans, and several sequences of different lengths in one command.
                for positions in [
                    [Self.span - 1], [Self.span], [2 * Self.span + 1], [rows - 1],
                    [5, rows - 1], [rows - 2, 40, Self.span + 3, 2 * Self.span],
                ] {
                    let alone = try sequence.attendAgain(at: positions, threads: UInt32(threads))
                    let expected = positions.flatMap {
                        whole[$0 * shape.outputFloats..<($0 + 1) * shape.outputFloats]
                    }
                    #expect(
                        same(alone.bitPatterns, Array(expected).bitPatterns),
                        "\(shape.testDescription) at \(positions), \(threads) threads")
                }
            }
        }
    }

    @Test("rounds of spans that do not fit the shared records at once", arguments: VectorISA.supported)
    func manyRounds(isa: VectorISA) throws {
        // Two threads share 32 records: 3 kv heads take rounds of 10 spans.
        let shape = AttentionShape(headDim: 4, qHeads: 3, kvHeads: 3, format: LMK_KV_FP16)
        let rows = 11 * Self.span + 9
        let sequence = AttentionSequence(shape, rows: rows, isa: isa)
        let whole = try sequence.attend(threads: 2).suffix(shape.outputFloats)
        for threads in [1, 2, 3] {
            let alone = try sequence.attendAgain(at: [rows - 1], threads: UInt32(threads))
            #expect(same(alone.bitPatterns, Array(whole).bitPatterns), "\(threads) threads")
        }
    }
}
