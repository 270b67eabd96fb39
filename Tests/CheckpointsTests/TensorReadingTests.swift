import Checkpoints
import Tensors
import TestSupport
import Testing

struct TensorReadingTests {
    private static let typeNumbers: [DType: UInt32] = [
        .float32: 0, .float16: 1, .q4_0: 2, .q4_1: 3, .q8_0: 8, .bfloat16: 30,
    ]

    /// A GGUF file with one more tensor "x", whose rows are not reordered.
    private static func open(_ dtype: DType, _ shape: [Int], _ bytes: [UInt8]) throws -> CheckpointTensor {
        let folder = try TemporaryFolder()
        var file = TinyFiles.gguf()
        file.add("x", shape, type: try #require(typeNumbers[dtype]), bytes)
        return try #require(try Checkpoint.open(folder.write(file.build(), to: "x.gguf")).tensors["x"])
    }

    @Test(arguments: DType.allCases)
    func `rows of every type decode to the values of the format's definition`(dtype: DType) throws {
        var random = SeededGenerator(seed: 11)
        let (rows, length) = (5, 96)
        let bytes = BlockReference.randomBlocks(dtype, rows * length / dtype.blockElements, &random)
        let tensor = try Self.open(dtype, [rows, length], bytes)
        #expect(tensor.shape == [rows, length])
        #expect(tensor.dtype == dtype)
        #expect(tensor.byteCount == bytes.count)
        let expected = BlockReference.decode(bytes, dtype)
        #expect(bits(tensor.floats()) == bits(expected))
        #expect(bits(tensor.floats(1..<4)) == bits(Array(expected[length..<4 * length])))
        #expect(tensor.floats(2..<2).isEmpty)
    }

    @Test
    func `every half-precision bit pattern converts exactly`() throws {
        let patterns = (0...UInt16.max).map { $0 }
        let tensor = try Self.open(.float16, [65536], LittleEndian.bytes(patterns))
        #expect(bits(tensor.floats()) == bits(patterns.map { BlockReference.half($0) }))
    }

    @Test
    func `4-bit rows unpack to the stored numbers`() throws {
        var random = SeededGenerator(seed: 12)
        let bytes = BlockReference.randomBlocks(.q4_1, 6, &random)
        let tensor = try Self.open(.q4_1, [3, 64], bytes)
        let rows = tensor.int4()
        for block in 0..<6 {
            let start = block * 20
            #expect(rows.scales[block] == UInt16(bytes[start]) | UInt16(bytes[start + 1]) << 8)
            #expect(rows.offsets[block] == UInt16(bytes[start + 2]) | UInt16(bytes[start + 3]) << 8)
            let expected = BlockReference.nibbles(bytes[start + 4..<start + 20])
            #expect(Array(rows.quants[block * 32..<block * 32 + 32]) == expected)
        }
        #expect(tensor.int4(1..<2).quants == Array(rows.quants[64..<128]))
    }

    @Test
    func `the offset of a symmetric 4-bit group is minus eight times its scale, for every scale`() throws {
        let nibbles = [UInt8](repeating: 0x80, count: 16)
        let bytes = (0...UInt16.max).flatMap { LittleEndian.bytes($0) + nibbles }
        let rows = try Self.open(.q4_0, [65536, 32], bytes).int4()
        #expect(rows.scales == (0...UInt16.max).map { $0 })
        let offsets = rows.offsets.map { BlockReference.half($0) }
        let expected = rows.scales.map { scale in
            let offset = BlockReference.half(scale) * -8
            return offset.magnitude < 65536 || offset.isNaN ? offset : offset * .infinity
        }
        #expect(bits(offsets) == bits(expected))
    }

    @Test
    func `8-bit rows unpack to the stored numbers`() throws {
        var random = SeededGenerator(seed: 13)
        let bytes = BlockReference.randomBlocks(.q8_0, 4, &random)
        let (quants, scales) = try Self.open(.q8_0, [2, 64], bytes).int8()
        for block in 0..<4 {
            let start = block * 34
            #expect(
                scales[block] == BlockReference.half(UInt16(bytes[start]) | UInt16(bytes[start + 1]) << 8))
            let stored = bytes[start + 2..<start + 34].map { Int8(bitPattern: $0) }
            #expect(Array(quants[block * 32..<block * 32 + 32]) == stored)
        }
    }

    @Test
    func `a discarded tensor reads the same again`() throws {
        var random = SeededGenerator(seed: 14)
        let tensor = try Self.open(.float32, [64, 128], LittleEndian.bytes(random.floats(64 * 128)))
        let before = tensor.floats()
        tensor.discard()
        #expect(tensor.floats() == before)
    }
}
