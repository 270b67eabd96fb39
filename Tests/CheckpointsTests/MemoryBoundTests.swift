import Checkpoints
import TestSupport
import Testing

/// Reading takes memory in proportion to the file, whatever the file says.
@Suite(.serialized, .enabled(if: ResourceUse.measuresMemory, "the system does not tell the peak of memory"))
struct MemoryBoundTests {
    /// GGUF's metadata stays in the file.
    private static let metadataFactor = 8
    /// Every value of a JSON text becomes an object; this is a text of nothing but the shortest values.
    private static let textFactor = 32
    private static let slack = 8 << 20

    private static func expectBounded(
        _ bytes: [UInt8], factor: Int, name: String, in folder: TemporaryFolder
    ) throws {
        let path = try folder.write(bytes, to: name)
        let subject = name.hasSuffix(".gguf") ? path : folder.path
        let growth = ResourceUse.peakGrowth(runs: 2) {
            guard let checkpoint = try? Checkpoint.open(subject) else { return }
            _ = try? checkpoint.tokenizerSource()
        }
        #expect(growth <= factor * bytes.count + slack, "\(growth) for \(bytes.count) bytes of \(name)")
    }

    /// The file and some damaged ones; one that is cut near its beginning says nothing about memory.
    private static func files(_ original: [UInt8], seed: UInt64) -> [[UInt8]] {
        var mutator = FileMutator(seed: seed)
        let damaged = (0..<100).lazy.map { _ in mutator.mutated(original) }
        return [original] + Array(damaged.filter { $0.count > original.count / 2 }.prefix(8))
    }

    @Test
    func `a GGUF file with a large vocabulary and many tensors`() throws {
        var file = TinyFiles.gguf()
        let words = (0..<60_000).map { "word\($0)" }
        file.set("tokenizer.ggml.tokens", .strings(words))
        file.set("tokenizer.ggml.token_type", .int32s(words.map { _ in 1 }))
        file.set("tokenizer.ggml.scores", .float32s(words.indices.map { Float($0) }))
        file.set("tokenizer.ggml.merges", .strings(words.map { $0 + " x" }))
        file.set("extra", .nested((0..<20_000).map { [$0] }))
        for index in 0..<3000 { file.add("tensor.\(index).weight", [2], [1, 2]) }
        let folder = try TemporaryFolder()
        for bytes in Self.files(file.build(), seed: 41) {
            try Self.expectBounded(bytes, factor: Self.metadataFactor, name: "x.gguf", in: folder)
        }
    }

    @Test
    func `a safetensors file with many tensors`() throws {
        var file = SafetensorsBuilder()
        for index in 0..<12_000 { file.add("model.layers.\(index).weight", [1, 2], [1, 2]) }
        let folder = try TinyFiles.folder(weights: nil)
        for bytes in Self.files(file.build(), seed: 42) {
            try Self.expectBounded(bytes, factor: Self.textFactor, name: "model.safetensors", in: folder)
        }
    }

    /// Texts in which a few bytes of the file become a value of their own.
    @Test(arguments: [
        ("[", "0,", "0]"), ("[", "\"\",", "0]"), ("[", "[],", "0]"), ("[", "{},", "0]"),
        ("{", "\"\":0,", "\"a\":0}"), ("\"", "\\n", "\""), ("", "[", ""),
    ])
    func `texts of the smallest values there are`(opening: String, piece: String, closing: String) throws {
        let text = opening + String(repeating: piece, count: 1 << 19) + closing
        for name in ["model.safetensors.index.json", "config.json"] {
            let folder = try TinyFiles.folder()
            try Self.expectBounded(Array(text.utf8), factor: Self.textFactor, name: name, in: folder)
        }
        let folder = try TinyFiles.folder(weights: nil)
        let header = SafetensorsBuilder.file(header: "{\"x\":\(text)}")
        try Self.expectBounded(header, factor: Self.textFactor, name: "model.safetensors", in: folder)
    }
}
