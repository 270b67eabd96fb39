import Checkpoints
import Tensors
import TestSupport
import Testing

/// The `llama` converter of GGUF files stores the rows of q and k as `reshape(heads, 2, d/2, …).swapaxes(1,
/// 2)`; reading must undo exactly that.
struct RowOrderTests {
    private static let heads = ["attn_q": 4, "attn_k": 2]
    private static let headDimension = 8

    /// The converter's rule, as three loops over [head][half][pair].
    private static func interleaved<Row>(_ rows: [Row], heads: Int) -> [Row] {
        let half = rows.count / heads / 2
        var result = rows
        for head in 0..<heads {
            for part in 0..<2 {
                for pair in 0..<half {
                    result[(head * half + pair) * 2 + part] = rows[(head * 2 + part) * half + pair]
                }
            }
        }
        return result
    }

    /// A tensor of a file whose stored bytes are `rows` after the converter's reordering.
    private static func open(
        _ architecture: String,
        _ module: String,
        type: UInt32,
        rows: [[UInt8]],
        shape: [Int]
    ) throws -> CheckpointTensor {
        var file = TinyFiles.gguf(architecture)
        let isBias = shape.count == 1
        let name = "blk.0.\(module).\(isBias ? "bias" : "weight")"
        file.tensors.removeAll { $0.name == name }
        let stored = interleaved(rows, heads: try #require(heads[module]))
        file.add(name, shape, type: type, stored.flatMap { $0 })
        let folder = try TemporaryFolder()
        let checkpoint = try Checkpoint.open(folder.write(file.build(), to: "x.gguf"))
        let projection = module == "attn_q" ? "q_proj" : "k_proj"
        return try #require(
            checkpoint.tensors["model.layers.0.self_attn.\(projection).\(isBias ? "bias" : "weight")"])
    }

    @Test(arguments: ["attn_q", "attn_k"], [(DType.float32, UInt32(0)), (.q4_0, 2), (.q4_1, 3), (.q8_0, 8)])
    func `llama query and key rows come back in Hugging Face order`(
        module: String,
        type: (dtype: DType, number: UInt32)
    ) throws {
        var random = SeededGenerator(seed: 21)
        let rowCount = try #require(Self.heads[module]) * Self.headDimension
        let blocks = 32 / type.dtype.blockElements
        let rows = (0..<rowCount).map { _ in BlockReference.randomBlocks(type.dtype, blocks, &random) }
        let tensor = try Self.open("llama", module, type: type.number, rows: rows, shape: [rowCount, 32])
        #expect(tensor.floats() == rows.flatMap { BlockReference.decode($0, type.dtype) })
        #expect(tensor.floats(3..<5) == rows[3..<5].flatMap { BlockReference.decode($0, type.dtype) })
        #expect(tensor.rowBytes() == rows)
        // Whatever is dropped, in the order in which a loader does it, is read again when it is needed.
        for start in stride(from: 0, to: rowCount, by: 3) {
            tensor.discard(rows: start..<min(start + 3, rowCount))
        }
        #expect(tensor.floats() == rows.flatMap { BlockReference.decode($0, type.dtype) })
    }

    @Test(arguments: ["attn_q", "attn_k"])
    func `llama query and key biases come back in Hugging Face order`(module: String) throws {
        var random = SeededGenerator(seed: 22)
        let values = random.floats(try #require(Self.heads[module]) * Self.headDimension)
        let rows = values.map { LittleEndian.bytes([$0]) }
        let tensor = try Self.open("llama", module, type: 0, rows: rows, shape: [values.count])
        #expect(tensor.rowCount == 1)
        #expect(tensor.floats() == values)
    }

    @Test
    func `qwen2 query rows are not reordered`() throws {
        var random = SeededGenerator(seed: 23)
        let rows = (0..<32).map { _ in LittleEndian.bytes(random.floats(32)) }
        let tensor = try Self.open("qwen2", "attn_q", type: 0, rows: rows, shape: [32, 32])
        let stored = Self.interleaved(rows, heads: 4)
        #expect(tensor.floats() == stored.flatMap { BlockReference.decode($0, .float32) })
    }

    @Test
    func `the values of other projections are not reordered`() throws {
        let file = TinyFiles.gguf()
        let folder = try TemporaryFolder()
        let checkpoint = try Checkpoint.open(folder.write(file.build(), to: "x.gguf"))
        let tensor = try #require(checkpoint.tensors["model.layers.0.self_attn.v_proj.weight"])
        let stored = try #require(file.tensors.first { $0.name == "blk.0.attn_v.weight" })
        #expect(bits(tensor.floats()) == bits(BlockReference.decode(stored.bytes, .float16)))
    }
}
