import Checkpoints
import Tensors
import TestSupport
import Testing

struct TensorReadingTests {
    /// A GGUF file with one more tensor "x", whose rows are not reordered.
    private static func open(_ dtype: DType, _ shape: [Int], _ bytes: [UInt8]) throws -> CheckpointTensor {
        let folder = try TemporaryFolder()
        var file = TinyFiles.gguf()
        file.add("x", shape, type: GGUFBlockType.named(dtype.rawValue).number, bytes)
        return try #require(try Checkpoint.open(folder.write(file.build(), to: "x.gguf")).tensors["x"])
    }

    @Test(arguments: BlockReference.dtypes)
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

    @Test(arguments: GGUFBlockType.grouped)
    func `values of the grouped types equal the reference implementation's, bit for bit`(
        type: GGUFBlockType
    ) throws {
        // Blocks, then their values as fp32.
        let golden = [UInt8](try GoldenFile.data("gguf/\(type.name).bin"))
        let blocks = golden.count / (type.bytes + 4 * type.elements)
        #expect(blocks >= 16 && golden.count == blocks * (type.bytes + 4 * type.elements))
        let expected = stride(from: blocks * type.bytes, to: golden.count, by: 4).map { start in
            golden[start..<start + 4].reversed().reduce(UInt32(0)) { $0 << 8 | UInt32($1) }
        }
        let dtype = try #require(DType(rawValue: type.name))
        let shape = [blocks / 2, 2 * type.elements]
        let tensor = try Self.open(dtype, shape, Array(golden[..<(blocks * type.bytes)]))
        #expect(bits(tensor.floats()) == expected)
        let middle = shape[1] * 3..<shape[1] * 5
        #expect(bits(tensor.floats(3..<5)) == Array(expected[middle]))
        let rowBytes = 2 * type.bytes
        #expect(tensor.rowBytes(3..<5) == (3..<5).map { Array(golden[$0 * rowBytes..<($0 + 1) * rowBytes]) })
        #expect(tensor.rowBytes(4..<4) == [])
    }

    @Test
    func `16-bit rows come as they are`() throws {
        var random = SeededGenerator(seed: 15)
        for dtype in [DType.float16, .bfloat16] {
            let bytes = random.bytes(4 * 6 * 2)
            let tensor = try Self.open(dtype, [4, 6], bytes)
            let values = [UInt16](unsafeUninitializedCapacity: 12) { buffer, count in
                tensor.readBits(rows: 1..<3, into: buffer)
                count = 12
            }
            #expect(values.flatMap { LittleEndian.bytes($0) } == Array(bytes[12..<36]))
        }
    }

    @Test
    func `a discarded tensor reads the same again`() throws {
        var random = SeededGenerator(seed: 14)
        let tensor = try Self.open(.float32, [64, 128], LittleEndian.bytes(random.floats(64 * 128)))
        let before = tensor.floats()
        tensor.discard()
        #expect(tensor.floats() == before)
        for start in stride(from: 0, to: 64, by: 16) { tensor.discard(rows: start..<start + 16) }
        #expect(tensor.floats() == before)
    }
}
