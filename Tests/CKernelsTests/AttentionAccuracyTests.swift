import CKernels
import Testing

@Suite("accuracy of attention over a quantised cache")
struct AttentionAccuracyTests {
    /// Normal numbers, and in each head some dimensions that are far larger than the others, as trained models have.
    static func sequence(_ format: lmk_kv_format, headDim: Int, isa: VectorISA, seed: UInt64)
        -> AttentionSequence
    {
        let shape = AttentionShape(headDim: headDim, qHeads: 4, kvHeads: 2, format: format)
        let sequence = AttentionSequence(shape, rows: 150, isa: isa)
        var random = VectorRandom(seed: seed)
        for i in sequence.qkv.indices {
            let isValue = i % shape.rowFloats >= (shape.qHeads + shape.kvHeads) * headDim
            let outlier: Float = !isValue && i % headDim % 29 == 3 ? 5 : 1
            // The sum of twelve uniform numbers has a variance of four.
            sequence.qkv[i] = outlier * (0..<12).reduce(Float(0)) { sum, _ in sum + random.float() } / 2
        }
        return sequence
    }

    static let cases = VectorISA.supported.flatMap { isa in [64, 80, 128].map { (isa, $0) } }

    @Test("int8: within 0.1 % of exact arithmetic on the same cache", arguments: cases)
    func int8(isa: VectorISA, headDim: Int) throws {
        let sequence = Self.sequence(LMK_KV_INT8, headDim: headDim, isa: isa, seed: 21)
        let output = try sequence.attend().map { Double($0) }
        #expect(relativeError(output, AttentionReference.attention(sequence)) <= 1e-3)
    }

    @Test("the error is the cache's own: no more than exact arithmetic has", arguments: cases)
    func errorIsTheCaches(isa: VectorISA, headDim: Int) throws {
        for (format, largest) in [(LMK_KV_INT8, 0.03), (LMK_KV_INT4, 0.4)] {
            let sequence = Self.sequence(format, headDim: headDim, isa: isa, seed: 22)
            let exact = AttentionReference.attention(sequence, exact: true)
            let ofCache = relativeError(AttentionReference.attention(sequence), exact)
            let output = try sequence.attend().map { Double($0) }
            #expect(relativeError(output, exact) <= 1.01 * ofCache)
            #expect(ofCache > 0 && ofCache <= largest, "\(ofCache)")
        }
    }
}
