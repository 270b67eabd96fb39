import Checkpoints
import Layers
import ModelTestSupport
import Tensors
import TestSupport
import Testing

/// A model that starts from a workspace computes the bits of the model that the workspace was made from.
@Suite struct WorkspaceTests {
    struct Case: CustomTestStringConvertible, Sendable {
        var name: String
        var storage: WeightFormat.Storage?
        var testDescription: String { "\(name), \(storage?.rawValue ?? "as it is")" }
    }

    static let storages: [WeightFormat.Storage?] = [nil, .fp32, .fp16, .bf16, .w8, .w4]

    static let cases: [Case] = TinyModelGolden.names.flatMap { name in
        storages.map { Case(name: name, storage: $0) }
    }

    private static let prompt = (0..<40).map { Int32(($0 * 37 + $0 / 7) % 90) }

    private static func logits(_ path: String, _ storage: WeightFormat.Storage? = nil) throws -> [Float] {
        try ModelHarness(path: path, override: storage, isa: .best, threads: 2).logits(prompt)
    }

    private static func write(_ name: String, to folder: TemporaryFolder) throws -> String {
        let path = folder.path("model")
        try TinyCheckpoint.write(try TinyModelGolden(name).spec, to: path, storage: .bf16)
        return path
    }

    @Test(arguments: cases)
    func `logits are those of the model, bit for bit`(_ test: Case) throws {
        let folder = try TemporaryFolder()
        let model = try Self.write(test.name, to: folder)
        let workspace = folder.path("workspace")
        try WorkspaceFixture.convert(model, to: workspace, override: test.storage)
        #expect(try Self.logits(workspace) == Self.logits(model, test.storage))
        #expect(folder.entries() == ["model", "workspace"])
    }

    /// A model whose layers have whole groups for each of two ranks.
    private static func writeWide(to folder: TemporaryFolder) throws -> String {
        let config = """
            {"architectures": ["Qwen2ForCausalLM"], "hidden_size": 128, "intermediate_size": 256,
             "num_hidden_layers": 2, "num_attention_heads": 4, "num_key_value_heads": 2, "vocab_size": 96,
             "max_position_embeddings": 512, "rms_norm_eps": 1e-6, "hidden_act": "silu",
             "tie_word_embeddings": false}
            """
        var tensors = [
            TinyTensor("model.embed_tokens.weight", [96, 128]),
            TinyTensor("lm_head.weight", [96, 128], scale: 0.125),
            TinyTensor("model.norm.weight", [128], scale: 0.125, offset: 1),
        ]
        for layer in 0..<2 {
            let prefix = "model.layers.\(layer)."
            for (name, rows, columns) in [
                ("self_attn.q_proj", 128, 128), ("self_attn.k_proj", 64, 128), ("self_attn.v_proj", 64, 128),
                ("self_attn.o_proj", 128, 128), ("mlp.gate_proj", 256, 128), ("mlp.up_proj", 256, 128),
                ("mlp.down_proj", 128, 256),
            ] {
                tensors.append(TinyTensor("\(prefix)\(name).weight", [rows, columns], scale: 0.125))
                guard "qkv".contains(name.dropFirst(10).prefix(1)), name.hasPrefix("self") else { continue }
                tensors.append(TinyTensor("\(prefix)\(name).bias", [rows], scale: 0.125))
            }
            for name in ["input_layernorm", "post_attention_layernorm"] {
                tensors.append(TinyTensor("\(prefix)\(name).weight", [128], scale: 0.125, offset: 1))
            }
        }
        let path = folder.path("model")
        try TinyCheckpoint.write(
            TinyModelSpec(name: "wide", configJSON: config, tensors: tensors), to: path, storage: .bf16)
        return path
    }

    private static func check(
        _ model: String, _ storage: WeightFormat.Storage?, ranks: Int, _ folder: TemporaryFolder
    ) throws {
        let workspace = folder.path("workspace")
        try WorkspaceFixture.convert(model, to: workspace, override: storage, ranks: ranks)
        #expect(folder.entries("workspace/triton_models/weights").count == ranks + 1)
        #expect(try Self.logits(workspace) == Self.logits(model, storage))
    }

    @Test(arguments: storages)
    func `shares of two ranks make the whole model again, bit for bit`(storage: WeightFormat.Storage?) throws
    {
        let folder = try TemporaryFolder()
        try Self.check(try Self.writeWide(to: folder), storage, ranks: 2, folder)
    }

    /// Shares that begin in the middle of a panel.
    @Test(
        arguments: [("llama-mha", 2), ("llama-head-dim-bias", 2), ("qwen2-tied", 2)],
        [.fp32, .fp16, .bf16] as [WeightFormat.Storage])
    func `shares of any size make the whole model again`(
        model: (name: String, ranks: Int), storage: WeightFormat.Storage
    ) throws {
        let folder = try TemporaryFolder()
        try Self.check(try Self.write(model.name, to: folder), storage, ranks: model.ranks, folder)
    }

    @Test
    func `what cannot be divided is refused by name, and nothing is left`() throws {
        let folder = try TemporaryFolder()
        let model = try Self.write("llama-mha", to: folder)
        func message(_ ranks: Int, _ storage: WeightFormat.Storage) throws -> String {
            try #require(throws: LoadError.self) {
                try WorkspaceFixture.convert(model, to: folder.path("x"), override: storage, ranks: ranks)
            }.description
        }
        #expect(
            try message(3, .fp32).contains(
                "--tp is 3, expected 1, or a divisor of the model's 4 attention heads"))
        #expect(try message(0, .fp32).contains("--tp is 0"))
        #expect(
            try message(2, .w4)
                == "--tp is 2, and 'model.layers.0.self_attn.o_proj.weight' has 64 inputs, expected a "
                + "multiple of 128, so that each rank has whole groups of w4 g64")
        #expect(folder.entries() == ["model"])
    }

    @Test
    func `another precision than the packed one is refused`() throws {
        let folder = try TemporaryFolder()
        let model = try Self.writeWide(to: folder)
        let workspace = folder.path("workspace")
        try WorkspaceFixture.convert(model, to: workspace, override: .w4)
        // 4 bits hold the linear layers, 8 bits the vocabulary: that is what w4 stands for.
        _ = try Self.logits(workspace, .w4)
        for storage in [WeightFormat.Storage.w8, .fp32, .bf16] {
            let error = #expect(throws: LoadError.self) { try Self.logits(workspace, storage) }
            #expect(
                error?.description.contains("run `lmdeploy convert` with --dtype \(storage.rawValue)") == true
            )
        }
    }

    @Test
    func `files of different workspaces are not mixed`() throws {
        let folder = try TemporaryFolder()
        let model = try Self.writeWide(to: folder)
        for (name, storage) in [("a", WeightFormat.Storage.fp16), ("b", .bf16)] {
            try WorkspaceFixture.convert(model, to: folder.path(name), override: storage, ranks: 2)
        }
        let file = "/triton_models/weights/packed.1.bin"
        try folder.write(folder.read("b" + file), to: "a" + file)
        let error = #expect(throws: CheckpointError.self) { try Checkpoint.open(folder.path("a")) }
        #expect(error?.message.contains("does not belong to") == true)
    }

    /// Values are not read when a workspace is opened, and may be anything.
    @Test func `damaged weights compute something`() throws {
        let folder = try TemporaryFolder()
        let model = try Self.writeWide(to: folder)
        for storage in WeightFormat.Storage.allCases {
            try WorkspaceFixture.convert(model, to: folder.path("w"), override: storage)
            let file = "w/triton_models/weights/packed.0.bin"
            var bytes = try folder.read(file)
            for index in stride(from: 4096, to: 200_000, by: 3) where index < bytes.count / 2 {
                bytes[index] = 0xFF
            }
            try folder.write(bytes, to: file)
            #expect(try Self.logits(folder.path("w")).count == 96)
        }
    }
}
