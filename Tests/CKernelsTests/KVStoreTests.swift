import CKernels
import Testing

@Suite("writing the KV cache")
struct KVStoreTests {
    static let isasAndShapes = VectorISA.supported.filter { $0 != .generic }.flatMap { isa in
        AttentionShape.all.map { (isa, $0) }
    }

    @Test("every instruction set writes the bytes that plain C writes", arguments: isasAndShapes)
    func sameBytes(isa: VectorISA, shape: AttentionShape) throws {
        // Each row has another magnitude, up to beyond what fp16 holds, and its own kind of trouble.
        let specials: [Float] = [
            .nan, .infinity, -.infinity, -0.0, .leastNonzeroMagnitude, 65504, 65519, 65520, -65520, 3e38,
            -3e38, 1e-7, 6e-8,
        ]
        func sequence(_ isa: VectorISA) -> AttentionSequence {
            let sequence = AttentionSequence(shape, rows: 90, isa: isa)
            var random = VectorRandom(seed: 31)
            for i in sequence.qkv.indices {
                let row = i / shape.rowFloats
                let magnitude: [Float] = [1, 1e-9, 1e-6, 1e-3, 0, 1e3, 1e6, 1]
                let offset: [Float] = [0, 0, 0, 100, 7, -300, 0, 0.5]
                sequence.qkv[i] = random.float(magnitude[row % 8]) + offset[row % 8]
                if row % 3 == 0, random.bits() % 16 == 0 {
                    sequence.qkv[i] = specials[Int(random.bits() % UInt64(specials.count))]
                }
            }
            return sequence
        }
        let expected = sequence(.generic), actual = sequence(isa)
        _ = try expected.attend()
        _ = try actual.attend()
        let bytes = actual.poolBytes
        #expect(same(bytes, expected.poolBytes))
        #expect(bytes.contains { $0 != 0 })
    }

    @Test("rows stored one by one and by several threads write the same bytes", arguments: isasAndShapes)
    func sameBytesInTiles(isa: VectorISA, shape: AttentionShape) throws {
        let whole = AttentionSequence(shape, rows: 90, isa: isa)
        _ = try whole.attend()
        for (tile, threads) in [(1, 1), (7, 3), (13, 2)] {
            let parts = AttentionSequence(shape, rows: 90, isa: isa)
            _ = try parts.attend(tile: tile, threads: UInt32(threads))
            #expect(same(parts.poolBytes, whole.poolBytes), "tiles of \(tile)")
        }
    }

    @Test("a constant head is stored exactly to fp16, whatever its size", arguments: VectorISA.supported)
    func constants(isa: VectorISA) throws {
        for format in [LMK_KV_INT8, LMK_KV_INT4] {
            for value in [Float(0), -0.0, 1, -3.25, 1000, -65504, 0x1p-20] {
                let shape = AttentionShape(headDim: 16, qHeads: 1, kvHeads: 1, format: format)
                let sequence = AttentionSequence(shape, rows: 3, isa: isa)
                sequence.qkv = (0..<3).flatMap { _ in
                    [Float](repeating: 1, count: 32) + [Float](repeating: value, count: 16)
                }
                let output = try sequence.attend()
                #expect(output.allSatisfy { abs($0 - value) <= abs(value) * 1e-6 }, "\(value)")
            }
        }
    }

    @Test("bytes of a block follow the formula", arguments: KVFormat.all)
    func blockBytes(format: lmk_kv_format) throws {
        let bits = [LMK_KV_FP32: 32, LMK_KV_FP16: 16, LMK_KV_BF16: 16, LMK_KV_INT8: 8, LMK_KV_INT4: 4]
        let bitsPerElement = try #require(bits[format])
        for tokens in [16, 32, 64, 128, 192, 256] {
            for headDim in stride(from: 16, through: 256, by: 16) {
                var cache = lmk_kv_cache(
                    format: format, head_dim: UInt32(headDim), kv_heads: 3, layers: 5,
                    block_tokens: UInt32(tokens), static_scales: nil, pool: nil)
                // Keys and values; scale and zero of both, 2 bytes each.
                let perTokenAndHead = headDim * 2 * bitsPerElement / 8 + (bitsPerElement < 16 ? 2 * 4 : 0)
                #expect(lmk_kv_block_bytes(&cache) == tokens * 5 * 3 * perTokenAndHead)
            }
        }
    }

    @Test(
        "static scales hold for every token, and values beyond them saturate", arguments: VectorISA.supported)
    func staticScales(isa: VectorISA) throws {
        let scales = lmk_kv_scales(key_scale: 1, key_zero: 0, value_scale: 0.5, value_zero: 3)
        let shape = AttentionShape(
            headDim: 16, qHeads: 1, kvHeads: 1, format: LMK_KV_INT8, staticScales: scales)
        // -128 * 0.5 + 3 and 127 * 0.5 + 3 are the ends; halves round to the even level.
        for (value, stored): (Float, Float) in [
            (1, 1), (1.3, 1.5), (3.25, 3), (3.75, 4), (1000, 66.5), (-1000, -61), (.infinity, 66.5),
            (.nan, 0),
        ] {
            let sequence = AttentionSequence(shape, rows: 1, isa: isa)
            sequence.qkv = [Float](repeating: 1, count: 32) + [Float](repeating: value, count: 16)
            let output = try sequence.attend()
            #expect(output.allSatisfy { abs($0 - stored) <= 1e-4 }, "\(value): \(output[0])")
        }
    }

    @Test("blocks of 16, 32 and multiples of 64 tokens are valid, no others")
    func validLengths() {
        let valid = (0...400).filter { lmk_kv_block_tokens_valid(UInt32($0)) }
        #expect(valid == [16, 32, 64, 128, 192, 256, 320, 384])
    }
}
