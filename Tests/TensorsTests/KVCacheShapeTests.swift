import Tensors
import Testing

@Suite("KV cache")
struct KVCacheShapeTests {
    static let bitsPerElement: [(KVCacheShape.Element, Int)] = [
        (.fp32, 32), (.fp16, 16), (.bf16, 16), (.int8, 8), (.int4, 4),
    ]

    private func shape(
        _ element: KVCacheShape.Element, tokensPerBlock: Int = 64, headDimension: Int = 64
    ) -> KVCacheShape {
        KVCacheShape(
            element: element, layers: 2, keyValueHeads: 3, headDimension: headDimension,
            tokensPerBlock: tokensPerBlock)
    }

    @Test("every element is in the table of sizes")
    func allElements() {
        #expect(Self.bitsPerElement.map(\.0) == KVCacheShape.Element.allCases)
    }

    @Test(
        "a block takes block_len x layers x kv_heads x head_dim x 2 x size, and scales",
        arguments: bitsPerElement)
    func bytesPerBlock(element: KVCacheShape.Element, bits: Int) {
        for tokens in [16, 32, 64, 128, 192, 256] {
            for dimension in stride(from: 16, through: 256, by: 16) {
                let scales = bits < 16 ? 2 * 4 : 0
                let expected = tokens * 2 * 3 * (dimension * 2 * bits / 8 + scales)
                let shape = shape(element, tokensPerBlock: tokens, headDimension: dimension)
                #expect(shape.bytesPerBlock == expected, "\(tokens) tokens, dimension \(dimension)")
            }
        }
    }

    @Test("blocks have 64 tokens unless asked otherwise")
    func defaultLength() {
        let shape = KVCacheShape(element: .fp16, layers: 1, keyValueHeads: 1, headDimension: 64)
        #expect(shape.tokensPerBlock == 64)
        #expect(KVCacheShape.defaultTokensPerBlock == 64)
    }

    @Test("storage holds whole blocks, with and without static scales")
    func storage() throws {
        let scales = KVCacheScales(keyScale: 0.01, keyZero: 0, valueScale: 0.02, valueZero: -1)
        for (element, _) in Self.bitsPerElement {
            let storage = try KVCacheStorage(shape: shape(element, tokensPerBlock: 128), blocks: 5)
            #expect(storage.byteCount == 5 * storage.shape.bytesPerBlock)
        }
        let storage = try KVCacheStorage(shape: shape(.int8), blocks: 5, staticScales: [scales, scales])
        #expect(storage.byteCount == 5 * shape(.int8).bytesPerBlock)
    }

    @Test("memory is made ready ahead of the blocks in use, a huge page at a time")
    func touching() throws {
        let storage = try KVCacheStorage(shape: shape(.fp16), blocks: 100)
        let block = storage.shape.bytesPerBlock
        storage.touch(ahead: 2, used: 0)
        #expect(storage.touchedBytes == 2 * block)
        storage.touch(ahead: 2, used: 1)
        #expect(storage.touchedBytes == 3 * block)
        // Nothing is taken back, and what was used once may be used again.
        storage.touch(ahead: 1, used: 0)
        #expect(storage.touchedBytes == 3 * block)
        storage.touch(ahead: 90, used: 1)
        #expect(storage.touchedBytes == 3 * block + AlignedBuffer.hugePageBytes)
        for _ in 0..<10 { storage.touch(ahead: 500, used: 99) }
        #expect(storage.touchedBytes == storage.byteCount)
    }

    @Test(
        "block lengths that the kernels cannot read are refused",
        arguments: [-64, 0, 1, 8, 48, 65, 96, 1 << 40])
    func badLengths(tokens: Int) {
        #expect(!KVCacheShape.supports(tokensPerBlock: tokens))
        #expect(throws: TensorError.blockLength(tokens)) {
            try KVCacheStorage(shape: shape(.fp16, tokensPerBlock: tokens), blocks: 1)
        }
    }

    @Test("heads too large for levels are refused, and not for floats")
    func badHeads() throws {
        #expect(throws: TensorError.cacheHeadDimension(272, element: "int4")) {
            try shape(.int4, headDimension: 272).check()
        }
        try shape(.bf16, headDimension: 272).check()
    }

    @Test("static scales are for int8, one for each layer")
    func scalesOfAnotherModel() {
        let scales = KVCacheScales(keyScale: 0.01, keyZero: 0, valueScale: 0.02, valueZero: -1)
        #expect(throws: TensorError.cacheScalesElement("int4")) {
            try KVCacheStorage(shape: shape(.int4), blocks: 1, staticScales: [scales, scales])
        }
        #expect(throws: TensorError.cacheScalesCount(found: 1, layers: 2)) {
            try KVCacheStorage(shape: shape(.int8), blocks: 1, staticScales: [scales])
        }
    }

    static let unusableScales: [(Float, Float)] = [
        (0, 0), (-1, 0), (.nan, 0), (.infinity, 0), (1e-9, 0), (1, .nan), (1, 1e5), (600, 0),
        (7e4, 7e4 * 128),
    ]

    @Test("static scales that blocks cannot hold are refused", arguments: unusableScales)
    func badScales(scale: Float, zero: Float) {
        let good = KVCacheScales(keyScale: 0.01, keyZero: 0, valueScale: 0.02, valueZero: -1)
        var badKey = good, badValue = good
        (badKey.keyScale, badKey.keyZero) = (scale, zero)
        (badValue.valueScale, badValue.valueZero) = (scale, zero)
        for (bad, name) in [(badKey, "key"), (badValue, "value")] {
            let error = #expect(throws: TensorError.self) {
                try KVCacheStorage(shape: shape(.int8), blocks: 1, staticScales: [good, bad])
            }
            #expect(error?.description.contains("layer 1 has \(name) scale") == true)
        }
    }
}
