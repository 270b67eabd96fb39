import Checkpoints
import TestSupport
import Testing

/// Reading takes memory in proportion to the file, whatever the file says.
///
/// Every case is measured in a process of its own, where nothing else needs memory at the same time.
@Suite(.serialized, .enabled(if: ResourceUse.measuresMemory, "the system does not tell the peak of memory"))
struct MemoryBoundTests {
    /// Large enough for the fixed part of the bound to be a small one.
    private static let textBytes = 2 << 20

    private static func expectBounded(
        _ bytes: [UInt8], name: String, in folder: TemporaryFolder, isValid: Bool? = nil,
        _ note: String = ""
    ) throws {
        let path = try folder.write(bytes, to: name)
        let subject = name.hasSuffix(".gguf") ? path : folder.path
        var isOpen = false
        let growth = ResourceUse.peakGrowthAlone {
            guard let checkpoint = try? Checkpoint.open(subject) else { return }
            isOpen = true
            _ = try? checkpoint.tokenizerSource()
        }
        if let isValid { #expect(isOpen == isValid, "\(name) \(note)") }
        let bound = ResourceUse.memoryFactor * bytes.count + ResourceUse.memorySlack
        #expect(
            growth <= bound, "\(name) \(note): memory grew by \(growth) bytes for a file of \(bytes.count)")
    }

    /// The file and some damaged ones; one that is cut near its beginning says nothing about memory.
    private static func expectBoundedAlsoDamaged(
        _ original: [UInt8], seed: UInt64, name: String, in folder: TemporaryFolder
    ) throws {
        try expectBounded(original, name: name, in: folder, isValid: true)
        var mutator = FileMutator(seed: seed)
        let damaged = (0..<100).lazy.map { _ in mutator.mutated(original) }
        for (round, bytes) in damaged.filter({ $0.count > original.count / 2 }).prefix(6).enumerated() {
            try expectBounded(bytes, name: name, in: folder, "damaged, round \(round)")
        }
    }

    @Test
    func `a GGUF file with a large vocabulary and many tensors`() async {
        await #expect(processExitsWith: .success) {
            var file = TinyFiles.gguf()
            let words = (0..<60_000).map { "word\($0)" }
            file.set("tokenizer.ggml.tokens", .strings(words))
            file.set("tokenizer.ggml.token_type", .int32s(words.map { _ in 1 }))
            file.set("tokenizer.ggml.scores", .float32s(words.indices.map { Float($0) }))
            file.set("tokenizer.ggml.merges", .strings(words.map { $0 + " x" }))
            file.set("extra", .nested((0..<20_000).map { [$0] }))
            for index in 0..<3000 { file.add("tensor.\(index).weight", [2], [1, 2]) }
            let folder = try TemporaryFolder()
            try Self.expectBoundedAlsoDamaged(file.build(), seed: 41, name: "x.gguf", in: folder)
        }
    }

    @Test
    func `a safetensors file with many tensors`() async {
        await #expect(processExitsWith: .success) {
            var file = SafetensorsBuilder()
            for index in 0..<40_000 { file.add("model.layers.\(index).weight", [1, 2], [1, 2]) }
            let folder = try TinyFiles.folder(weights: nil)
            try Self.expectBoundedAlsoDamaged(
                file.build(), seed: 42, name: "model.safetensors", in: folder)
        }
    }

    /// No values, one value, a list of one value.
    @Test(arguments: [("[0]", 0), ("[]", 4), ("[1]", 4)])
    func `a safetensors file with the smallest tensors there are`(shape: String, byteCount: Int) async {
        await #expect(processExitsWith: .success) { [shape, byteCount] in
            let metadata = #""__metadata__":{}}"#
            var end = 0
            let header = HostileJSON.text(Self.textBytes, before: "{", after: metadata) { index in
                end += byteCount
                return "\"\(HostileJSON.name(index))\":{\"dtype\":\"F32\",\"shape\":\(shape),"
                    + "\"data_offsets\":[\(end - byteCount),\(end)]},"
            }
            let file = SafetensorsBuilder.file(
                header: String(decoding: header, as: UTF8.self), data: [UInt8](repeating: 0, count: end))
            let folder = try TinyFiles.folder(weights: nil)
            try Self.expectBounded(file, name: "model.safetensors", in: folder, isValid: true, shape)
        }
    }

    /// Files that are read, with what stands before and after a hostile text in them.
    private static let places: [(file: String, before: String, after: String)] = [
        ("config.json", "", ""), ("tokenizer.json", "", ""), ("model.safetensors.index.json", "", ""),
        (
            "config.json",
            TinyFiles.config(changing: ["eos_token_id": nil]).dropLast() + #","eos_token_id":"#, "}"
        ),
        ("generation_config.json", #"{"eos_token_id":"#, "}"),
        ("generation_config.json", #"{"stop_strings":"#, "}"),
        ("tokenizer_config.json", #"{"chat_template":"#, "}"),
        ("tokenizer_config.json", #"{"bos_token":"#, "}"),
        ("model.safetensors.index.json", #"{"weight_map":"#, "}"),
    ]

    @Test(arguments: HostileJSON.smallestValues)
    func `texts of the smallest values there are`(text: HostileJSON) async {
        await #expect(processExitsWith: .success) { [text] in
            for (file, before, after) in Self.places {
                let folder = try TinyFiles.folder()
                try Self.expectBounded(
                    text.text(Self.textBytes, before: before, after: after), name: file, in: folder,
                    "\(before.suffix(20))\(text)")
            }
            let folder = try TinyFiles.folder(weights: nil)
            let header = text.text(Self.textBytes, before: "{\"x\":", after: "}")
            let file = SafetensorsBuilder.file(header: String(decoding: header, as: UTF8.self))
            try Self.expectBounded(file, name: "model.safetensors", in: folder, "\(text)")
        }
    }

    /// Objects with very many members that are all read.
    @Test
    func `many names of tensors, shards, fields and templates`() async {
        await #expect(processExitsWith: .success) {
            let map = (before: #"{"weight_map":{"#, after: #""last":"a"}}"#)
            let fields = (before: "{", after: #""last":0}"#)
            let cases: [(file: String, around: (before: String, after: String), piece: (String) -> String)] =
                [
                    ("model.safetensors.index.json", map, { "\"\($0)\":\"a\"," }),
                    ("model.safetensors.index.json", map, { "\"\($0)\":\"\($0)\"," }),
                    ("config.json", fields, { "\"\($0)\":0," }),
                    ("config.json", fields, { "\"\\u0061\($0)\":0," }),
                    ("config.json", fields, { "\"\($0)\":{\"a\":0,\"b\":0}," }),
                    (
                        "tokenizer_config.json",
                        (#"{"chat_template":["#, #"{"name":"last","template":""}]}"#),
                        { "{\"name\":\"\($0)\",\"template\":\"\"}," }
                    ),
                ]
            for (file, around, piece) in cases {
                let text = HostileJSON.text(Self.textBytes, before: around.before, after: around.after) {
                    piece(HostileJSON.name($0))
                }
                try Self.expectBounded(text, name: file, in: try TinyFiles.folder(), piece("name"))
            }
        }
    }
}
