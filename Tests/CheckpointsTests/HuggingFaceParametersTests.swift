import Checkpoints
import Tensors
import TestSupport
import Testing

struct HuggingFaceParametersTests {
    private static let table: [Float] = [1, 2, 3, 4]
    private static let embedding = "model.embed_tokens.weight"
    private static let head = "lm_head.weight"

    private static func open(
        _ tensors: [(String, [Float])], isTied: Bool = false
    ) throws -> Checkpoint {
        var file = SafetensorsBuilder()
        for (name, values) in tensors { file.add(name, [2, values.count / 2], values) }
        return try WeightFolders.open(
            file.build(), as: "model.safetensors", changing: ["tie_word_embeddings": "\(isTied)"])
    }

    // MARK: - Tied output heads

    @Test
    func `an output head equal to the table it is tied to is read once`() throws {
        let checkpoint = try Self.open([(Self.embedding, Self.table), (Self.head, Self.table)], isTied: true)
        #expect(checkpoint.tensors.keys.sorted() == [Self.embedding])
        #expect(checkpoint.configuration.tieWordEmbeddings)
    }

    @Test
    func `an output head that differs from the table it is said to be tied to is used`() throws {
        let other: [Float] = [1, 2, 3, 5]
        let checkpoint = try Self.open([(Self.embedding, Self.table), (Self.head, other)], isTied: true)
        #expect(checkpoint.tensors[Self.head]?.floats() == other)
        #expect(checkpoint.tensors[Self.embedding]?.floats() == Self.table)
        #expect(!checkpoint.configuration.tieWordEmbeddings)
    }

    @Test
    func `a tied table that is stored as the output head alone is found`() throws {
        let checkpoint = try Self.open([(Self.head, Self.table)], isTied: true)
        #expect(checkpoint.tensors.keys.sorted() == [Self.embedding])
        #expect(checkpoint.tensors[Self.embedding]?.name == Self.embedding)
        #expect(checkpoint.tensors[Self.embedding]?.floats() == Self.table)
    }

    @Test
    func `a missing output head stays missing unless it is tied`() throws {
        let checkpoint = try Self.open([(Self.embedding, Self.table)])
        #expect(checkpoint.tensors.keys.sorted() == [Self.embedding])
        #expect(!checkpoint.configuration.tieWordEmbeddings)
    }

    // MARK: - Names

    @Test(arguments: [
        ("", ""), ("transformer.", "transformer."), ("module.model.", "module."),
        ("base_model.model.model.", "base_model.model."), ("_orig_mod.model.", "_orig_mod."),
        ("model.language_model.model.", "model.language_model."), ("language_model.model.", ""),
    ])
    func `names without the class's prefix or with others in front are understood`(
        prefix: String, headPrefix: String
    ) throws {
        let layer = "layers.0.mlp.up_proj.weight"
        let checkpoint = try Self.open([
            (prefix + "embed_tokens.weight", [1, 2]), (prefix + layer, [3, 4]),
            ((headPrefix == prefix ? "" : headPrefix) + Self.head, [5, 6]),
        ])
        #expect(checkpoint.tensors.keys.sorted() == [Self.head, Self.embedding, "model." + layer].sorted())
        #expect(checkpoint.tensors["model." + layer]?.floats() == [3, 4])
        #expect(checkpoint.tensors[Self.head]?.floats() == [5, 6])
    }

    @Test
    func `names stay where there is a table with the usual one, or are two others`() throws {
        let names = [Self.embedding, "vision.embed_tokens.weight", "vision.layers.0.weight"]
        #expect(try Self.open(names.map { ($0, [1, 2]) }).tensors.keys.sorted() == names.sorted())
        let others = ["a.embed_tokens.weight", "b.embed_tokens.weight", "a.norm.weight"]
        #expect(try Self.open(others.map { ($0, [1, 2]) }).tensors.keys.sorted() == others.sorted())
    }

    @Test
    func `two names for one parameter are refused unless they hold the same`() throws {
        let names = ["a.embed_tokens.weight", "a.x", "model.x"]
        let same = try Self.open(names.map { ($0, [1, 2]) })
        #expect(same.tensors.keys.sorted() == [Self.embedding, "model.x"])
        let error = try #require(throws: CheckpointError.self) {
            try Self.open([("a.embed_tokens.weight", [1, 2]), ("a.x", [1, 2]), ("model.x", [1, 3])])
        }
        #expect(error.message.contains("'model.x'"))
    }

    // MARK: - Precedence

    /// The forms of weights in the order in which they are looked for, and a value that tells them apart.
    private static let forms: [(files: [String], value: Float)] = [
        (["model.safetensors.index.json", "part.safetensors"], 1),
        (["model.safetensors"], 2),
        (["pytorch_model.bin.index.json", "part.bin"], 3),
        (["pytorch_model.bin"], 4),
        (["consolidated.00.pth"], 5),
    ]

    private static func content(of file: String, value: Float) -> [UInt8] {
        if file.hasSuffix(".json") {
            let part = file.hasPrefix("model") ? "part.safetensors" : "part.bin"
            return Array(#"{"weight_map":{"x":"\#(part)"}}"#.utf8)
        }
        if file.hasSuffix(".safetensors") {
            var builder = SafetensorsBuilder()
            builder.add("x", [1], [value])
            return builder.build()
        }
        var builder = PyTorchBuilder()
        builder.add("x", [1], [value])
        return builder.build()
    }

    @Test(arguments: forms.indices)
    func `of several forms of weights the first is read, and strays do not matter`(first: Int) throws {
        let folder = try TinyFiles.folder(weights: nil)
        for form in Self.forms[first...] {
            for file in form.files { try folder.write(Self.content(of: file, value: form.value), to: file) }
        }
        for stray in ["training_args.bin", "optimizer.pt", "pytorch_model-00009-of-00009.bin", "x.gguf"] {
            try folder.write("stray", to: stray)
        }
        let tensors = try Checkpoint.open(folder.path).tensors
        #expect(tensors["x"]?.floats() == [Self.forms[first].value])
    }

    @Test
    func `a folder without weights is told what was looked for`() throws {
        let folder = try TinyFiles.folder(weights: nil, others: ["model-00001-of-00002.safetensors": "x"])
        let error = try #require(throws: CheckpointError.self) { try Checkpoint.open(folder.path) }
        #expect(error.code == .missingFile)
        for name in Self.forms.map({ $0.files[0] }).dropLast() + ["consolidated.*.pth"] {
            #expect(error.message.contains(name))
        }
    }
}
